"""One form for every log line, from Django, the libraries and structlog alike: plain for people, JSON for machines."""

import logging.config
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(form: str, level: str) -> dict[str, Any]:
    """Settings of the standard library's logging; `form` is plain or json, everything goes to standard error."""
    renderer = structlog.processors.JSONRenderer() if form == "json" else _plain()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "loa": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "loa"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},  # a 404 is not an event
            "axes": {"level": "WARNING"},
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }


def _plain() -> structlog.dev.ConsoleRenderer:
    """Plain tracebacks: the pretty ones show local variables, and a password may be among them."""
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def configure(settings: dict[str, Any]) -> None:
    """Called by Django with LOGGING."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
