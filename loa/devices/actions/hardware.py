"""The hardware of a place comes and goes; the place keeps its history."""

from datetime import datetime

from loa.devices.models import Device, Hardware


def end_hardware(device: Device, why: str, now: datetime) -> None:
    """What hangs there now hangs there no more. `why`: replaced | rejected | revoked | retired."""
    Hardware.objects.filter(device=device, until=None).update(until=now, ended=why)
