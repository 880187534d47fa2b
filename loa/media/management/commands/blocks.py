"""`blocks`: the national building blocks (gongs, jingles, music beds), made by code when they are missing."""

from django.core.management.base import BaseCommand
from procrastinate.exceptions import AlreadyEnqueued

from loa.media.tasks import blocks


class Command(BaseCommand):
    help = "Chuông, nhạc hiệu, nhạc nền dùng chung cả nước: máy tự tạo những tiếng còn thiếu."

    def handle(self, *args: object, **options: object) -> None:
        try:
            blocks.defer()
        except AlreadyEnqueued:
            self.stdout.write("Việc này đang chờ máy làm.")
            return
        self.stdout.write("Máy sẽ tạo những tiếng dùng chung còn thiếu.")
