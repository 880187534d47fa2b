"""Why a source of live sound gives nothing."""


class Trouble(Exception):
    """`code` is one of `devicelink.relayed.TROUBLES`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail
