"""A service that speaks, as a program of its own: espeak-ng behind HTTP, with every bad habit a service can have.

`python -m loa.media.tests.speaking_service FOLDER` prints its port. It answers an OpenAI-compatible POST
/v1/audio/speech, and under /habit/... shows one habit each. FOLDER holds files for GET /files/..., and requests.jsonl,
in which every request is written down.
"""

import base64
import io
import json
import sys
import time
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loa.media.voices.espeak import Espeak

KEY = "bi-mat-123"


def spoken(text: str, speed: float = 1.0, dialect: str = "vi") -> bytes:
    """A WAV of the text."""
    pcm = Espeak().synthesise(text, dialect=dialect, speed=speed)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, pcm.rate, 0, "NONE", ""))
        file.writeframes(pcm.samples)
    return out.getvalue()


def mp3(content: bytes) -> bytes:
    """The same as MP3, as most services send it."""
    import av

    out = io.BytesIO()
    source: Any
    target: Any
    with av.open(io.BytesIO(content)) as source, av.open(out, "w", format="mp3") as target:
        stream: Any = target.add_stream("mp3", rate=22_050, layout="mono")
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=22_050)
        for frame in [*source.decode(audio=0), None]:
            for made in resampler.resample(frame):
                target.mux(stream.encode(made))
        target.mux(stream.encode(None))
    return out.getvalue()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    folder: Path
    port: int
    asked: dict[str, int] = {}

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        Handler.asked[path] = Handler.asked.get(path, 0) + 1
        with (self.folder / "requests.jsonl").open("a") as log:
            line = {"path": self.path, "body": body.decode(), "headers": dict(self.headers)}
            log.write(json.dumps(line) + "\n")
        try:
            if path == "/v1/audio/speech":
                self._openai(json.loads(body))
            elif path.startswith("/files/"):
                self._give((self.folder / path.removeprefix("/files/")).read_bytes(), "application/octet-stream")
            else:
                getattr(self, "_" + path.removeprefix("/habit/").replace("-", "_").split("/")[0])(body)
        except (BrokenPipeError, ConnectionResetError):
            return

    def _give(self, content: bytes, kind: str = "audio/wav", status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def _openai(self, wish: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._give(b'{"error": "no"}', "application/json", 401)
            return
        self._give(spoken(wish["input"], wish["speed"], {"south": "vi-vn-x-south"}.get(wish["voice"], "vi")))

    def _base64(self, body: bytes) -> None:
        fields = parse_qs(body.decode())
        sound = base64.b64encode(mp3(spoken(fields["input"][0], 1 + float(fields["rate"][0]) / 100))).decode()
        self._give(json.dumps({"data": [{"audio": sound}]}).encode(), "application/json")

    def _later(self, body: bytes) -> None:
        """Names an address where the sound will be."""
        (self.folder / "later.mp3").write_bytes(mp3(spoken(body.decode())))
        Handler.asked["/habit/fetch"] = 0
        url = f"http://127.0.0.1:{self.port}/habit/fetch"
        self._give(json.dumps({"async": url}).encode(), "application/json")

    def _fetch(self, _: bytes) -> None:
        if Handler.asked["/habit/fetch"] < 3:
            self._give(b"", status=404)
        else:
            self._give((self.folder / "later.mp3").read_bytes(), "audio/mpeg")

    def _pcm(self, body: bytes) -> None:
        self._give(spoken(json.loads(body)["t"])[44:], "application/octet-stream")

    def _fails_twice(self, body: bytes) -> None:
        if Handler.asked["/habit/fails-twice"] % 3:
            self._give(b"busy", "text/plain", 429 if Handler.asked["/habit/fails-twice"] % 3 == 1 else 503)
        else:
            self._give(spoken(json.loads(body)["t"]))

    def _broken(self, _: bytes) -> None:
        self._give(b"oh", "text/plain", 500)

    def _forbidden(self, _: bytes) -> None:
        self._give(b"no", "text/plain", 403)

    def _slow(self, _: bytes) -> None:
        time.sleep(3_600)

    def _drip(self, _: bytes) -> None:
        """A letter now and then, for ever."""
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        while True:
            self.wfile.write(b"R")
            self.wfile.flush()
            time.sleep(0.05)

    def _drip_head(self, _: bytes) -> None:
        while True:
            self.wfile.write(b"H")
            self.wfile.flush()
            time.sleep(0.05)

    def _garbage(self, _: bytes) -> None:
        self._give(b"\x00\xff\x13" * 40_000)

    def _huge(self, _: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        while True:
            self.wfile.write(b"\0" * (1 << 20))

    def _huge_declared(self, _: bytes) -> None:
        self._give(b"RIFF", length=10**12)

    def _page(self, _: bytes) -> None:
        self._give(b"<html>Sign in</html>", "text/html")

    def _playlist(self, _: bytes) -> None:
        self._give(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "audio/x-mpegurl")

    def _cut(self, body: bytes) -> None:
        content = spoken(json.loads(body)["t"])
        self._give(content[: len(content) // 2], length=len(content))
        self.close_connection = True

    def _cut_quietly(self, body: bytes) -> None:
        content = spoken(json.loads(body)["t"])
        self._give(content[: len(content) // 2])

    def _beginning_only(self, body: bytes) -> None:
        self._give(mp3(spoken("a")), "audio/mpeg")

    def _silence(self, _: bytes) -> None:
        content = bytearray(spoken("Kính mời bà con."))
        content[44:] = bytes(len(content) - 44)
        self._give(bytes(content))

    def _to_file(self, _: bytes) -> None:
        self._redirect("file:///etc/passwd")

    def _to_metadata(self, _: bytes) -> None:
        self._redirect("http://169.254.169.254/latest/meta-data")

    def _to_other(self, _: bytes) -> None:
        self._redirect(f"http://localhost:{self.port}/habit/collect")

    def _around(self, _: bytes) -> None:
        self._redirect("/habit/around")

    def _moved(self, _: bytes) -> None:
        self._redirect("/habit/moved-here")

    def _moved_here(self, body: bytes) -> None:
        self._give(spoken(json.loads(body)["t"]))

    def _names_file(self, _: bytes) -> None:
        self._give(b'{"async": "file:///etc/passwd"}', "application/json")

    def _names_other(self, _: bytes) -> None:
        self._give(json.dumps({"async": f"http://localhost:{self.port}/habit/collect"}).encode(), "application/json")

    def _collect(self, _: bytes) -> None:
        self._give(spoken("Tôi đã lấy được khóa của bạn."))

    def _redirect(self, target: str) -> None:
        self.send_response(307)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(ThreadingHTTPServer):
    """Many requests at once; the end of the program ends them."""

    daemon_threads = True


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    with Server(("127.0.0.1", 0), Handler) as server:
        Handler.port = server.server_port
        print(server.server_port, flush=True)
        server.serve_forever()
