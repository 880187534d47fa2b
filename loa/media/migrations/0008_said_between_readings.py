from django.db import migrations, models

BLOCKS = [
    ("jingle", "Nhạc hiệu"),
    ("opening", "Mở đầu"),
    ("closing", "Kết"),
    ("station_call", "Xướng tên đài"),
    ("gong", "Tiếng chuông"),
    ("bed", "Nhạc nền"),
    ("prompt", "Mẩu câu ghép"),
    ("again", "Câu “Xin nhắc lại”"),
    ("siren", "Tín hiệu khẩn cấp"),
]


class Migration(migrations.Migration):
    dependencies = [("media", "0007_library_indexes")]

    operations = [
        migrations.AlterField("blockchoice", "block", models.CharField(choices=BLOCKS, max_length=12)),
        migrations.AlterField("sound", "block", models.CharField(blank=True, choices=BLOCKS, max_length=12)),
    ]
