"""Import files: reading what people upload, checking it by the wizard's own forms, and writing what they download.

Nothing here knows a database.
"""
