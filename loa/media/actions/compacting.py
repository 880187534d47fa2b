"""A finished sound once more, so small that it travels as one message of the wire."""

from datetime import datetime

from django.db import transaction

from loa.kernel.ids import new_id
from loa.media import store
from loa.media.models import Compact, Sound, SoundState


@transaction.atomic
def compact(*, sound: Sound, most_bytes: int, now: datetime) -> Compact:
    """The small form of a ready sound, made when it is not there yet. Takes as long as a tenth of a second a minute.

    The caller has looked at its length. Raises Invalid `not_compact` when it does not fit.
    """
    if sound.state != SoundState.READY:
        raise ValueError("the sound is not ready")
    known = sound.compacts.filter(size__lte=most_bytes).first()
    if known is not None and store.default().exists(known.sha256):
        return known
    from loa.media.editing.compacting import write_small  # numpy and av, which the other pages do not need

    files = store.default()
    with files.workspace(new_id()) as folder:
        path = folder / "compact.ogg"
        size = write_small(files.path_of(sound.sha256), sound.duration_ms, path, most_bytes)
        name = files.put(path)
    row, _ = Compact.objects.get_or_create(
        pk=name, defaults={"source": sound, "size": size, "duration_ms": sound.duration_ms, "made_at": now}
    )
    return row
