"""Where letters go."""

from pathlib import Path

from loa.config.mail import mail_server


def test_the_demonstration_writes_files_whatever_is_set(tmp_path: Path) -> None:
    server = "smtp+tls://loa%40laocai.example:mat%2Fkhau@mail.laocai.example:587"
    real, demo = mail_server(server, tmp_path), mail_server(server, tmp_path, demo=True)
    assert (real["EMAIL_HOST"], real["EMAIL_HOST_USER"]) == ("mail.laocai.example", "loa@laocai.example")
    assert real["EMAIL_HOST_PASSWORD"] == "mat/khau"
    assert demo == {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": tmp_path / "mail"
    }  # fmt: skip
