"""What may become a sound of Loa, and what a person is told when it may not. Pure: no Django, no codec."""

from collections.abc import Mapping

MAX_UPLOAD_BYTES = 200 * 1024 * 1024
MAX_PIECE_BYTES = 4 * 1024 * 1024
MOST_UNFINISHED_MINE, MOST_UNFINISHED_OF_AREA = 5, 20
MOST_UNFINISHED_BYTES = 40 * 1024**3
KEEP_FREE_BYTES = 256 * 1024**2  # what the loudspeakers' proofs and the database write meanwhile
MAX_SOUND_MS = 3 * 3_600_000
MAX_BULLETIN_MS = 60 * 60_000
MIN_SOUND_MS = 500
MAX_CHANNELS = 8
EXACT_LOSS_MS = 500
MIN_RATE, MAX_RATE = 4_000, 192_000
MAX_TEXT_CHARACTERS = 20_000
MAX_SPOKEN_CHARACTERS = 4 * MAX_TEXT_CHARACTERS  # figures and signs become many words

# EBU R 128 with the usual speech target of spoken-word channels; the ceiling is that of the issue.
TARGET_LUFS = -16.0
MAX_TRUE_PEAK_DBTP = -1.5
SILENCE_LUFS = -60.0

MIN_SPEED, MAX_SPEED = 0.5, 2.0
FALLBACK_VOICE, FALLBACK_LABEL = "espeak", "giọng máy dự phòng"
MIN_PAUSES, MAX_PAUSES = 0.5, 2.0

GOOD_FORMATS = "MP3, WAV, M4A, OGG, FLAC, AAC, hoặc video MP4, WebM có tiếng"

MESSAGES: Mapping[str, str] = {
    "empty": "Tệp rỗng, không có dữ liệu nào. Hãy chọn lại tệp.",
    "too_large": "Tệp nặng {megabytes} MB, quá giới hạn 200 MB. Hãy cắt ngắn, hoặc lưu lại dưới dạng MP3 rồi gửi.",
    "uploads_mine": "Anh/chị đang có {count} tệp tải dở. Hãy tải tiếp hoặc bỏ bớt một tệp, rồi gửi tệp này.",
    "uploads_area": "Đơn vị đang có {count} tệp tải dở. Hãy chờ các tệp đó xong, hoặc nhờ người gửi bỏ bớt.",
    "uploads_all": "Đang có quá nhiều tệp tải dở trên máy chủ. Hãy gửi lại sau một giờ.",
    "too_long": "Tiếng dài hơn 3 giờ, quá giới hạn của một tệp. Hãy cắt thành nhiều tệp ngắn hơn.",
    "too_long_for_bulletin": "Một bản tin dài tối đa 60 phút, tiếng này dài {length}. Hãy chia thành nhiều bản tin.",
    "too_short": "Tiếng chỉ dài {length}, ngắn hơn nửa giây nên không phát được. Hãy ghi lại.",
    "not_sound": f"Tệp này không phải tệp tiếng mà Loa đọc được. Hãy dùng {GOOD_FORMATS}.",
    "no_sound_track": "Video này không có tiếng. Hãy chọn video có tiếng, hoặc gửi riêng tệp tiếng.",
    "damaged": "Tệp bị hỏng, không đọc được. Hãy xin lại tệp từ nơi gửi, hoặc ghi lại.",
    "truncated": "Tệp bị cụt: thiếu {missing} trên {declared}. Hãy chép lại trọn vẹn tệp gốc.",
    "silent": "Tệp không nghe thấy gì: im lặng hoặc quá nhỏ. Hãy kiểm tra micro rồi ghi lại.",
    "odd_format": f"Tệp có kiểu ghi tiếng lạ ({{channels}} kênh, {{rate}} Hz). Hãy lưu lại dưới dạng {GOOD_FORMATS}.",
    "too_heavy": "Tệp đòi quá nhiều bộ nhớ hoặc thời gian, có thể đã hỏng. Hãy lưu lại dưới dạng MP3 rồi gửi.",
    "not_normalisable": "Không chỉnh được độ to của tệp này cho vừa loa. Hãy ghi lại, tránh tiếng nổ và tiếng rít.",
    "text_empty": "Chưa có chữ nào để đọc. Hãy nhập nội dung bản tin.",
    "text_too_long": "Nội dung dài {characters} chữ cái, giọng máy đọc tối đa 20.000. Hãy chia thành nhiều bản tin.",
    "spoken_too_long": "Nội dung có quá nhiều số, đọc thành {characters} chữ cái, giọng máy đọc tối đa 80.000. "
    "Hãy chia thành nhiều bản tin.",
    "voice_unknown": "Không có giọng đọc này trên máy chủ. Hãy chọn một giọng trong danh sách.",
    "voice_failed": "Giọng máy không đọc được nội dung này. Hãy thử giọng khác, hoặc ghi âm giọng của anh/chị.",
    "speed": "Tốc độ đọc phải từ 0,5 đến 2 lần bình thường.",
    "edit_odd": "Trình duyệt gửi lên các bước sửa không đúng. Hãy tải lại trang rồi sửa lại.",
    "edit_outside": "Đoạn chọn nằm ngoài tiếng (dài {length}). Hãy chọn lại đoạn.",
    "edit_too_small": "Đoạn chọn quá ngắn. Hãy chọn một đoạn dài hơn.",
    "edit_nothing_left": "Cắt như vậy thì không còn tiếng nào để phát. Hãy để lại ít nhất nửa giây.",
    "edit_too_long": "Ghép lại dài {length}, quá 60 phút của một bản tin. Hãy cắt bớt hoặc chia thành nhiều bản tin.",
    "edit_silence": "Một khoảng lặng dài từ 0,1 giây tới 60 giây.",
    "edit_too_loud": "Đoạn này đã được làm to hết mức. To nữa sẽ vỡ tiếng ở loa.",
    "edit_too_quiet": "Đoạn này đã được làm nhỏ hết mức. Nếu không cần, hãy cắt bỏ đoạn.",
    "edit_fades_overlap": "Đoạn này đã có chỗ nhỏ dần hoặc to dần. Hãy hoàn tác bước đó trước.",
    "edit_source": "Không còn tiếng gốc để sửa. Hãy tải tệp lên lại.",
    "edit_joined": "Tiếng chọn để ghép chưa dùng được. Hãy chọn tiếng khác.",
    "build_template": "Không có mẫu chương trình này. Hãy tải lại trang rồi chọn một mẫu trong danh sách.",
    "build_missing": "Mẫu này thiếu một tiếng (nhạc hiệu, chuông hoặc bản tin). Hãy chọn mẫu khác hoặc thử lại sau.",
    "build_foreign": "Mẫu này dùng tiếng của đơn vị khác chưa được chia sẻ. Hãy chọn tiếng của đơn vị mình.",
    "build_too_long": "Dựng theo mẫu thì dài {length}, quá 60 phút của một bản tin. Hãy chọn mẫu ngắn hơn.",
    "build_odd": "Mẫu của tiếng này không đọc được. Hãy chọn lại mẫu.",
    "build_built": "Tiếng này đã được sửa sau khi dựng theo mẫu. Hãy tạo lại tiếng trước khi chọn mẫu.",
    "siren": "Tín hiệu khẩn cấp chỉ phát trong cảnh báo khẩn cấp, không đưa vào bản tin thường. Hãy chọn tiếng khác.",
    "template_name": "Hãy đặt tên cho mẫu, tối đa 80 chữ cái.",
    "template_speech": "Mẫu phải có đúng một chỗ cho bản tin. Hãy chọn “Bản tin” ở một phần.",
    "template_parts": "Mẫu có từ 2 đến 10 phần: tiếng hiệu, bản tin và quãng nghỉ tối đa 10 giây. Hãy chọn lại.",
    "template_taken": "Đơn vị đã có mẫu tên này. Hãy đặt tên khác.",
    "block_kind": "Hãy chọn tiếng này dùng làm gì.",
    "block_long": "Tiếng dùng làm {use} dài tối đa {most}, tiếng này dài {length}. Hãy cắt ngắn rồi thử lại.",
    "block_sound": "Tiếng này chưa dùng được làm tiếng hiệu. Hãy chờ xử lý xong, hoặc chọn tiếng khác.",
    "prompt_name": "Hãy đặt tên cho câu, tối đa 80 chữ cái.",
    "prompt_text": "Hãy viết câu, tối đa 600 chữ cái, có cả phần luôn giữ nguyên.",
    "prompt_blanks": "Câu phải có từ 1 đến 12 chỗ trống ghi trong ngoặc vuông, ví dụ: [giờ], [ngày], [nơi họp].",
    "prompt_taken": "Đơn vị đã có câu tên này. Hãy đặt tên khác.",
    "prompt_blank": "Chỗ “{label}” chưa đúng. Hãy ghi như: {like}.",
    "prompt_piece": "Mẩu thu phải là tiếng của đơn vị, dài tối đa 30 giây, và phải ghi rõ lời. Hãy thu lại.",
    "pauses": "Quãng nghỉ giữa các câu phải từ 0,5 đến 2 lần bình thường.",
    "voice_config": "Tệp mô tả (.onnx.json) không phải của giọng Piper, hoặc đã hỏng. Hãy lấy lại từ nơi phát hành.",
    "voice_model": "Tệp giọng không phải mô hình ONNX, hoặc đã hỏng. Hãy lấy lại từ nơi phát hành.",
}

DISK_FULL = "Máy chủ đã hết chỗ chứa tệp, tệp chưa được nhận. Hãy báo người quản trị rồi gửi lại."


class Unfit(Exception):
    """A file or a text that cannot become a sound. `code` is a key of MESSAGES, `facts` fill the message."""

    def __init__(self, code: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = dict(facts or {})

    @property
    def message(self) -> str:
        """Complete Vietnamese for the screen: what is wrong and what to do."""
        return MESSAGES[self.code].format_map(self.facts)


def length(milliseconds: int) -> str:
    """A duration as people say it: "0,3 giây", "52 giây", "1 phút 5 giây", "1 giờ 12 phút"."""
    seconds = milliseconds // 1000
    if seconds < 1:
        return f"0,{milliseconds // 100} giây"
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} giờ {minutes} phút"
    return (f"{minutes} phút {seconds} giây" if seconds else f"{minutes} phút") if minutes else f"{seconds} giây"


def check_upload_size(size: int) -> None:
    """Raises Unfit `empty` or `too_large`; `size` in bytes."""
    if size == 0:
        raise Unfit("empty")
    if size > MAX_UPLOAD_BYTES:
        raise Unfit("too_large", {"megabytes": f"{size / 1024 / 1024:.0f}"})


def check_unfinished(*, mine: int, of_area: int, all_bytes: int) -> None:
    """Raises Unfit `uploads_mine`, `uploads_area` or `uploads_all`: may one more file begin beside those half sent?"""
    if mine >= MOST_UNFINISHED_MINE:
        raise Unfit("uploads_mine", {"count": mine})
    if of_area >= MOST_UNFINISHED_OF_AREA:
        raise Unfit("uploads_area", {"count": of_area})
    if all_bytes > MOST_UNFINISHED_BYTES:
        raise Unfit("uploads_all")


def check_duration(milliseconds: int) -> None:
    """Raises Unfit `too_short` or `too_long`."""
    if milliseconds < MIN_SOUND_MS:
        raise Unfit("too_short", {"length": length(milliseconds)})
    if milliseconds > MAX_SOUND_MS:
        raise Unfit("too_long")


def check_for_bulletin(milliseconds: int) -> None:
    """Raises Unfit `too_long_for_bulletin`: one bulletin's sound is at most 60 minutes."""
    if milliseconds > MAX_BULLETIN_MS:
        raise Unfit("too_long_for_bulletin", {"length": length(milliseconds)})


def check_stream(channels: int, rate: int) -> None:
    """Raises Unfit `odd_format`: no microphone makes such sound, but a decompression bomb may."""
    if not 1 <= channels <= MAX_CHANNELS or not MIN_RATE <= rate <= MAX_RATE:
        raise Unfit("odd_format", {"channels": channels, "rate": rate})


def check_whole(decoded_ms: int, declared_ms: int | None, *, exact: bool = False) -> None:
    """Raises Unfit `truncated` if the file says that it is longer than what could be decoded.

    Most containers round and estimate: 2 s and 5 % are beyond any honest rounding. Some count every sample (`exact`):
    there half a second is beyond what a few damaged frames take.
    """
    if declared_ms is None:
        return
    if decoded_ms < declared_ms - EXACT_LOSS_MS if exact else decoded_ms < declared_ms * 0.95 - 2000:
        raise Unfit("truncated", {"missing": length(declared_ms - decoded_ms), "declared": length(declared_ms)})


def check_loudness(lufs: float) -> None:
    """Raises Unfit `silent`: nothing above the noise of a bad cable."""
    if not lufs > SILENCE_LUFS:
        raise Unfit("silent")


def check_text(text: str) -> None:
    """Raises Unfit `text_too_long`: asked before a text is read, for its own length and not for what is said of it."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Unfit("text_too_long", {"characters": f"{len(text):,}".replace(",", ".")})


def check_speech(spoken: str, speed: float, pauses: float = 1.0) -> None:
    """Raises Unfit `text_empty`, `spoken_too_long`, `speed` or `pauses`; `spoken` is the text as it is read."""
    if not any(character.isalnum() for character in spoken):
        raise Unfit("text_empty")
    if len(spoken) > MAX_SPOKEN_CHARACTERS:
        raise Unfit("spoken_too_long", {"characters": f"{len(spoken):,}".replace(",", ".")})
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise Unfit("speed")
    if not MIN_PAUSES <= pauses <= MAX_PAUSES:
        raise Unfit("pauses")
