"""A plan that is more than a loudspeaker takes, and what to do then."""


class TooLarge(Exception):
    """A plan beyond the limits of the protocol. `limit` is airings | bytes."""

    def __init__(self, plan_set: str, limit: str, found: int, most: int) -> None:
        super().__init__(f"{plan_set}: {found} {limit}, at most {most}")
        self.plan_set, self.limit, self.found, self.most = plan_set, limit, found, most

    @property
    def message(self) -> str:
        """Complete Vietnamese: what is too much and what to do."""
        if self.limit == "airings":
            return (
                f"Lịch 7 ngày tới có {self.found} lần phát ở cùng một nhóm loa, tối đa là {self.most}. "
                "Hãy bớt số lần nhắc lại hoặc bớt ngày."
            )
        return (
            f"Lịch 7 ngày tới của một nhóm loa nặng {self.found // 1024} KB, tối đa là {self.most // 1024} KB. "
            "Hãy bớt số lần nhắc lại, hoặc chọn cả nhóm loa thay vì kể từng cụm."
        )
