"""A partner's program that talks to the simulator over HTTP, the way any client of BILL does."""

import ssl
from typing import Any

import httpx

# Made once: every client would load the certificates anew, 40 ms each.
TLS = ssl.create_default_context()
ORGANIZATION: dict[str, Any] = {
    "name": "Happy Taco",
    "address": {"line1": "1 Main St", "city": "San Jose", "zipOrPostalCode": "95002", "country": "US"},
}
USER: dict[str, Any] = {
    "firstName": "Ann",
    "lastName": "Owner",
    "email": "ann@example.com",
    "username": "ann1",
    "acceptTermsOfService": True,
}
PHONE = {"phoneNumber": "4085550123", "phoneType": "MOBILE"}


class Partner:
    def __init__(self, api_url: str, number: str = "one") -> None:
        self.http = httpx.Client(base_url=api_url, timeout=10, verify=TLS)
        self.login = {
            "username": f"partner.{number}@example.com",
            "password": f"simulator-{number}",
            "appKey": f"SIM-APP-KEY-{number.upper()}",
        }
        self.dev_key = f"SIM-DEV-KEY-{number.upper()}"
        self.session_id: str = self.http.post("/v3/partner/login", json=self.login).json()["sessionId"]

    def close(self) -> None:
        self.http.close()

    def headers(self, organization_id: str = "") -> dict[str, str]:
        headers = {"sessionId": self.session_id, "appKey": self.login["appKey"]}
        return headers | ({"organizationId": organization_id} if organization_id else {})

    def post(self, path: str, body: Any, organization_id: str = "") -> httpx.Response:
        return self.http.post(path, json=body, headers=self.headers(organization_id))

    def patch(self, path: str, body: Any, organization_id: str = "") -> httpx.Response:
        return self.http.patch(path, json=body, headers=self.headers(organization_id))

    def get(self, path: str, organization_id: str = "", /, **query: str | int) -> httpx.Response:
        return self.http.get(path, params=query, headers=self.headers(organization_id))

    def create(self, name: str | None = "Happy Taco", **fields: Any) -> httpx.Response:
        return self.post("/v3/partner/organizations", ORGANIZATION | {"name": name} | fields)

    def create_id(self, name: str = "Happy Taco") -> str:
        return str(self.create(name).json()["id"])

    def create_user(self, organization_id: str, **fields: Any) -> httpx.Response:
        return self.post("/v3/partner/users", USER | fields, organization_id)

    def add_phone(self, organization_id: str, user_id: str, **fields: Any) -> httpx.Response:
        path = f"/v3/partner/risk-verifications/{user_id}/phone"
        return self.post(path, PHONE | fields, organization_id)

    def as_user(self, organization_id: str, user_id: str) -> httpx.Client:
        """A client inside a login-as-user session."""
        body = {"userId": user_id, "organizationId": organization_id}
        session_id = self.post("/v3/partner/login-as-user", body).json()["sessionId"]
        headers = {"sessionId": session_id, "devKey": self.dev_key}
        return httpx.Client(base_url=self.http.base_url, headers=headers, timeout=10, verify=TLS)

    def onboard(self, name: str = "Happy Taco", username: str = "ann1") -> httpx.Client:
        """A client in the session of a new organization's administrator, who has a phone."""
        organization_id = self.create_id(name)
        user_id = self.create_user(organization_id, username=username).json()["id"]
        self.add_phone(organization_id, user_id)
        return self.as_user(organization_id, user_id)


def codes(response: httpx.Response) -> list[str]:
    return [entry["code"] for entry in response.json()]
