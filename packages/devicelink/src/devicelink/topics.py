"""MQTT topics. Devices subscribe at QoS 0 and acknowledge in the application; nothing here is engine-specific."""

import re

DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
AREA_LABEL = re.compile(r"[A-Za-z0-9_-]{1,32}")


def is_device_id(text: str) -> bool:
    """True if `text` may stand in a topic and in a permission: no dot, star, slash, plus or hash."""
    return DEVICE_ID.fullmatch(text) is not None


def up(device: str, typ: str) -> str:
    """Topic on which the device sends messages of this type."""
    return f"d/{device}/up/{typ}"


def down(device: str) -> str:
    """Topic of messages for one device."""
    return f"d/{device}/down"


def area(commune: str) -> str:
    """Topic of a commune (its code, not its path); group and polygon messages travel here too."""
    return f"area/{commune}/down"


ALL = "all/down"


def subscriptions(device: str, commune: str | None) -> tuple[str, ...]:
    """The filters of a device; without a placement it hears only its own topic and `all`."""
    own = (down(device), ALL)
    return (*own, area(commune)) if commune else own
