"""What is long over goes."""

from datetime import datetime, timedelta

from loa.notifications.models import Letter, Notification

NOTIFICATIONS_KEPT, LETTERS_KEPT = timedelta(days=180), timedelta(days=60)


def forget(*, now: datetime) -> int:
    """Notifications that closed half a year ago, letters of two months ago. How many."""
    letters, _ = Letter.objects.filter(made_at__lt=now - LETTERS_KEPT).exclude(state=Letter.State.WAITING).delete()
    rows, _ = Notification.objects.filter(closed_at__lt=now - NOTIFICATIONS_KEPT).delete()
    return letters + rows
