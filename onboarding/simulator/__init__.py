"""A stateful stand-in for BILL behind real HTTP, made of the standard library only."""

from onboarding.simulator.simulator import Simulator

__all__ = ["Simulator"]
