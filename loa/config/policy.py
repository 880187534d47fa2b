"""The Content-Security-Policy of every page: nothing from elsewhere, no inline script, no inline style."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF


def content_security_policy(gateway_url: str, map_tiles: str = "") -> dict[str, dict[str, list[str]]]:
    """Settings of django-csp. The gateway serves live events and the sound that a loudspeaker is rendering.

    Pictures come from another host only if a server of map tiles is set.
    """
    return {
        "DIRECTIVES": {
            "default-src": [SELF],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:", "blob:", *_origin(map_tiles)],
            "font-src": [SELF],
            "media-src": [SELF, "blob:", gateway_url],
            "connect-src": [SELF, gateway_url, gateway_url.replace("http", "ws", 1)],
            "worker-src": [SELF],
            "manifest-src": [SELF],
            "object-src": [NONE],
            "base-uri": [NONE],
            "form-action": [SELF],
            "frame-ancestors": [NONE],
        }
    }


def _origin(address: str) -> list[str]:
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if address else []
