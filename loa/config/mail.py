"""From a mail address such as smtp+tls://user:word@host:587 to Django's settings."""

from pathlib import Path
from urllib.parse import unquote, urlsplit


def mail_server(url: str, var: Path, *, demo: bool = False) -> dict[str, object]:
    """`smtp` plain, `smtp+tls` STARTTLS, `smtps` TLS from the first byte; without an address mails become files.

    The demonstration writes to nobody outside, whatever is set.
    """
    parts = urlsplit("" if demo else url)
    if not parts.scheme.startswith("smtp"):
        folder = Path(parts.path) if parts.path else var / "mail"
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 15,
    }
