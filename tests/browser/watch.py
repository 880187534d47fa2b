"""Notes what a page must not do: complain in the console, fail to load something, speak to another host."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

OWN_HOSTS = {"127.0.0.1", "localhost", "", None}


@dataclass
class Watch:
    """What happened on one page since the last `forget`. `expect` holds HTTP states that a test asks for on purpose."""

    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    expect: set[int] = field(default_factory=set)

    def listen(self, page: Page) -> None:
        """Start noting."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        answered = "status of" in message.text  # noted with its address by _response
        blocked = message.text == "Service Worker registration blocked by Playwright"
        if message.type in {"error", "warning"} and not answered and not blocked:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in OWN_HOSTS:
            self.outside.append(request.url)

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expect:
            self.failed.append(f"{response.status} {response.url}")

    def forget(self) -> None:
        """Start anew, for the next address."""
        self.complaints.clear()
        self.outside.clear()
        self.failed.clear()

    def check(self) -> None:
        """Fails with everything that was noted."""
        assert not self.outside, f"asks other hosts: {self.outside}"
        assert not self.failed, f"could not load: {self.failed}"
        assert not self.complaints, f"the console complains: {self.complaints}"
