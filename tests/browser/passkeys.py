"""A phone's passkey inside the browser."""

from playwright.sync_api import CDPSession, Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def key_of(page: Page) -> tuple[CDPSession, str]:
    """It asks for a finger and says yes. Returns the line to the browser and the id of the key's holder."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    return devtools, str(made["authenticatorId"])
