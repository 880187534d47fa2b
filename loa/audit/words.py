"""The record in plain Vietnamese: what each verb says, what kinds of things there are, which facts a person is told.

A test walks the code and proves that every verb recorded anywhere stands here.
"""

from collections.abc import Mapping
from datetime import date, datetime

from loa.kernel import clock

VERBS: dict[str, str] = {
    "account.came_in": "đã đặt mật khẩu và vào lần đầu",
    "account.closed": "đã đóng tài khoản",
    "account.first_administrator": "đã mở tài khoản quản trị đầu tiên",
    "account.key_renewed": "khóa giữ mã xác nhận hai bước đã được đổi",
    "account.invited": "đã mời vào Loa",
    "account.link_renewed": "đã tạo liên kết đặt lại mật khẩu",
    "account.opened": "đã lập tài khoản",
    "account.password_changed": "đã đổi mật khẩu của mình",
    "account.reopened": "đã mở lại tài khoản",
    "account.second_factor_added": "đã thêm một cách xác nhận hai bước",
    "account.second_factor_removed": "đã bỏ một cách xác nhận hai bước",
    "account.second_factors_dropped": "đã bỏ xác nhận hai bước của một người",
    "airing.move_asked": "đã xin dời một lượt phát",
    "airing.removed": "đã bỏ một lượt phát",
    "approval.revoked": "đã hủy một lần duyệt",
    "block.chosen": "đã chọn tiếng hiệu cho chương trình",
    "block.marked": "đã đổi công dụng của một tiếng hiệu",
    "batch.taken": "đã nhập một danh sách loa từ tệp",
    "bulletin.approved": "đã duyệt bản tin",
    "bulletin.created": "đã soạn bản tin mới",
    "bulletin.heard": "đã nghe hết bản tin",
    "bulletin.opened": "đã mở bản tin chờ duyệt",
    "bulletin.recalled": "đã rút bản tin về để sửa",
    "bulletin.returned": "đã trả lại bản tin",
    "bulletin.saved": "đã sửa bản tin",
    "bulletin.submitted": "đã gửi duyệt bản tin",
    "bulletin.withdrawn": "đã thu hồi bản tin",
    "change.kept": "đã xác nhận một thay đổi giờ phát",
    "change.undone": "đã hoàn tác một thay đổi giờ phát",
    "category.added": "đã thêm loại bản tin",
    "clock.believed": "đã xác nhận giờ mới của máy chủ là đúng",
    "delegation.ended": "đã thu hồi ủy quyền",
    "device.added": "đã thêm loa",
    "device.claim_code_issued": "đã cấp mã nhận loa",
    "device.claimed": "loa đã nhận mã và gửi khóa",
    "device.described": "đã sửa thông tin loa",
    "device.key_rejected": "đã từ chối khóa của loa",
    "device.log_asked": "đã xin nhật ký phần mềm của loa",
    "device.log_read": "đã đọc nhật ký phần mềm của loa",
    "device.max_volume_set": "đã đổi âm lượng tối đa",
    "device.moved": "đã chuyển loa sang đơn vị khác",
    "device.placed": "đã xác nhận khóa và đặt loa vào vị trí",
    "device.pole_described": "đã ghi hồ sơ cột loa",
    "device.selftest_asked": "đã bấm thử loa",
    "device.refused": "loa đã từ chối một lệnh giả",
    "device.renamed": "đã đổi tên loa",
    "device.retired": "đã cho loa ngừng dùng",
    "device.revoked": "đã thu hồi khóa của loa",
    "device.volume_set": "đã đổi âm lượng",
    "delivery.ordered": "đã xếp thứ tự tin cấp trên trong buổi phát",
    "delivery.refused": "đã từ chối tin cấp trên gửi",
    "delivery.scheduled": "đã xếp tin cấp trên vào buổi phát",
    "devices.done_together": "đã làm một việc cho nhiều loa",
    "devices.held": "đã dừng tất cả loa",
    "devices.item_stopped": "đã dừng mục đang phát",
    "devices.released": "đã cho loa phát lại",
    "group.deleted": "đã xóa nhóm loa",
    "group.saved": "đã lưu nhóm loa",
    "hamlet.added": "đã thêm thôn, tổ dân phố",
    "hamlet.ended": "đã kết thúc thôn, tổ dân phố",
    "hamlet.renamed": "đã đổi tên thôn, tổ dân phố",
    "outage.cancelled": "đã bỏ một lịch ngừng báo trước",
    "outage.planned": "đã ghi một lịch cắt điện, ngừng mạng báo trước",
    "policy.second_factor": "đã đổi quy định xác nhận hai bước",
    "fee.set": "đã đặt mức nhuận bút, thù lao",
    "languages.set": "đã đặt ngôn ngữ phát và thứ tự",
    "programme.closed": "đã đóng buổi phát",
    "programme.saved": "đã lưu buổi phát",
    "notification.let_go": "đã thôi nhận một việc được báo",
    "notification.passed_on": "đã báo tiếp cho người khác vì chưa ai nhận việc",
    "notification.preferred": "đã đổi cách nhận thư thông báo",
    "notification.taken": "đã nhận lo một việc được báo",
    "prompt.closed": "đã bỏ câu có sẵn",
    "prompt.recorded": "đã thu một mẩu câu",
    "prompt.saved": "đã thêm câu có sẵn",
    "record.heads_begun_again": "tệp mốc của nhật ký không còn, đã lập lại",
    "record.restored": "đã ghi nhận dữ liệu được phục hồi từ bản sao",
    "relay.added": "đã thêm nguồn tiếp âm",
    "relay.changed": "đã sửa nguồn tiếp âm",
    "relay.ended": "đã bỏ nguồn tiếp âm",
    "relay.reception_chosen": "đã chọn cách nhận tiếp âm của nhóm loa",
    "relay.tried": "đã nghe thử nguồn tiếp âm",
    "release.added": "đã nhập một bản phần mềm của loa",
    "role.granted": "đã giao vai trò",
    "role.taken_back": "đã cho thôi vai trò",
    "rollout.approved": "đã duyệt cập nhật phần mềm của loa",
    "rollout.finished": "cập nhật phần mềm của loa đã xong",
    "rollout.halted": "cập nhật phần mềm của loa bị dừng",
    "rollout.proposed": "đã đề nghị cập nhật phần mềm của loa",
    "rollout.refused": "đã không duyệt cập nhật phần mềm của loa",
    "rollout.resumed": "đã cho cập nhật phần mềm của loa chạy tiếp",
    "rollout.returned": "đã cho loa quay lại bản phần mềm cũ",
    "rollout.widened": "cập nhật phần mềm của loa sang đợt tiếp theo",
    "rollout.withdrawn": "đã rút đề nghị cập nhật phần mềm của loa",
    "rules.confirmed": "đã đồng ý mở rộng giờ được phát",
    "rules.dropped": "đã bỏ quy định giờ được phát sắp có hiệu lực",
    "rules.proposed": "đã đề nghị mở rộng giờ được phát",
    "rules.set": "đã đổi giờ được phát",
    "rules.withdrawn": "đã rút đề nghị mở rộng giờ được phát",
    "sending.asked": "đã đề nghị phát tin xuống các xã",
    "sending.returned": "đã không cho phát tin xuống các xã",
    "sending.sent": "đã phát tin xuống các xã",
    "sending.taken_back": "đã thu hồi tin phát xuống các xã",
    "schedule.approved": "đã duyệt lịch phát",
    "schedule.change_asked": "đã xin đổi lịch phát",
    "schedule.changed": "đã đổi lịch phát",
    "schedule.ended": "đã kết thúc lịch phát",
    "schedule.escalated": "chờ duyệt quá lâu, đã chuyển cho người duyệt thay",
    "schedule.narrowed": "đã bớt lượt phát",
    "schedule.proposed": "đã đề nghị lịch phát",
    "schedule.recalled": "đã rút lịch phát về để sửa",
    "schedule.replaced": "lịch phát đã được thay bằng lịch mới",
    "schedule.returned": "đã trả lại lịch phát",
    "schedule.submitted": "đã gửi duyệt lịch phát",
    "schedule.withdrawn": "đã thu hồi lịch phát",
    "sound.cancelled": "đã hủy một bản ghi âm",
    "sound.edited": "đã cắt sửa một bản ghi âm thành bản mới",
    "sound.heard": "đã nghe hết từng câu của một bản giọng máy",
    "sound.original_removed": "tệp gốc của một tiếng đã hết hạn lưu",
    "sound.ready": "đã xử lý xong một bản ghi âm",
    "sound.received": "đã gửi một bản ghi âm",
    "sound.refused": "đã từ chối một bản ghi âm không dùng được",
    "sound.prolonged": "đã giữ thêm một tiếng trong thư viện",
    "sound.removed": "tệp của một tiếng đã hết hạn lưu",
    "sound.shared": "đã cho đơn vị khác dùng một tiếng",
    "sound.taken_over": "đã dùng lại một tiếng của đơn vị khác",
    "sound.unshared": "đã thôi cho đơn vị khác dùng một tiếng",
    "template.closed": "đã bỏ mẫu chương trình",
    "template.saved": "đã thêm mẫu chương trình",
    "token.made": "đã tạo khóa cho phần mềm khác",
    "token.revoked": "đã hủy khóa của phần mềm khác",
    "ticket.written": "đã ghi phiếu sửa chữa",
    "voice.added": "đã thêm một giọng đọc",
    "voice.key_changed": "đã đổi khóa của một giọng đọc",
    "voice.ordered": "đã đổi thứ tự các giọng đọc",
    "voice.removed": "đã gỡ một giọng đọc",
    "voice.switched_off": "đã tạm ngừng một giọng đọc",
    "voice.switched_on": "đã cho dùng lại một giọng đọc",
    "week.copied": "đã chép lịch tuần trước",
    "word.dropped": "đã bỏ một cách đọc riêng",
    "word.put": "đã ghi cách đọc một từ",
    "calendar.revoked": "đã hủy địa chỉ lịch cho ứng dụng khác",
    "calendar.shared": "đã tạo địa chỉ lịch cho ứng dụng khác",
    "day_off.added": "đã thêm ngày nghỉ phát",
    "day_off.ended": "đã bỏ ngày nghỉ phát",
    "device.muted": "đã tạm tắt một cụm loa",
    "device.rules_ended": "đã thôi giờ và âm lượng riêng của một cụm loa",
    "device.rules_set": "đã đặt giờ và âm lượng riêng của một cụm loa",
    "device.unmuted": "đã cho một cụm loa phát lại",
    "extension.approved": "đã duyệt gia hạn giờ phát",
    "extension.ended": "đã dừng gia hạn giờ phát trước hạn",
    "extension.proposed": "đã đề nghị gia hạn giờ phát",
    "extension.refused": "đã từ chối gia hạn giờ phát",
    "extension.withdrawn": "đã rút đề nghị gia hạn giờ phát",
    "grid.applied": "đã dùng khung phát mẫu",
    "obligation.ended": "đã thôi theo dõi việc công khai trên loa",
    "obligation.planned": "đã xếp lịch công khai trên loa",
    "obligation.set": "đã đặt số ngày phải công khai trên loa",
    "programme.season": "đã đặt mùa cho buổi phát",
    "rundown.filled": "đã đặt mục vào khung buổi phát",
    "rundown.saved": "đã lưu khung buổi phát",
    "session.changed": "đã đổi một buổi phát",
    "session.usual": "đã cho một buổi phát trở lại như thường",
}

# Kind of thing -> its word, and the group under which a person looks for it.
KINDS: dict[str, str] = {
    "account_key": "khóa tài khoản",
    "area": "đơn vị",
    "batch": "danh sách loa từ tệp",
    "bulletin": "bản tin",
    "category": "loại bản tin",
    "change": "thay đổi giờ phát",
    "notification": "việc được báo",
    "clock": "giờ của máy chủ",
    "delivery": "tin cấp trên gửi",
    "device": "loa",
    "grant": "vai trò",
    "group": "nhóm loa",
    "hold": "lệnh dừng loa",
    "message": "lệnh cho loa",
    "outage": "lịch ngừng báo trước",
    "programme": "buổi phát",
    "prompt": "câu có sẵn",
    "record": "nhật ký",
    "relay": "nguồn tiếp âm",
    "role": "vai trò",
    "rules": "giờ được phát",
    "rules_proposal": "đề nghị về giờ được phát",
    "schedule": "lịch phát",
    "sending": "tin phát xuống xã",
    "sound": "bản ghi âm",
    "template": "mẫu chương trình",
    "token": "khóa cho phần mềm",
    "ticket": "phiếu sửa chữa",
    "release": "bản phần mềm của loa",
    "rollout": "đợt cập nhật phần mềm của loa",
    "user": "tài khoản",
    "voice": "giọng đọc",
    "word": "từ trong từ điển đọc",
    "calendar": "địa chỉ lịch",
    "day_off": "ngày nghỉ phát",
    "extension": "gia hạn giờ phát",
    "obligation": "việc phải công khai",
}
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ban-tin": ("Bản tin, bản ghi âm", ("bulletin", "category", "prompt", "sound", "template", "voice", "word")),
    "lich-phat": (
        "Lịch phát, buổi phát",
        ("schedule", "programme", "relay", "change", "calendar", "obligation", "sending", "delivery"),
    ),
    "loa": (
        "Loa, dừng và phát lại",
        ("device", "group", "hold", "message", "outage", "batch", "ticket", "notification", "release", "rollout"),
    ),
    "nguoi": ("Tài khoản, vai trò, ủy quyền", ("user", "grant", "role", "account_key", "token")),
    "dia-ban": ("Địa bàn, giờ được phát", ("area", "rules", "rules_proposal", "day_off", "extension")),
    "nhat-ky": ("Nhật ký, giờ của máy chủ", ("record", "clock")),
}
# Facts that explain a deed, in the order in which they are told.
FACTS: dict[str, str] = {
    "full_name": "tên",
    "name": "tên",
    "title": "tên",
    "what": "việc",
    "before": "trước",
    "after": "sau",
    "reason": "lý do",
    "note": "ghi chú",
    "document": "văn bản",
    "starts": "từ",
    "ends": "đến",
    "on": "từ ngày",
    "last_day": "ngày cuối",
    "until": "đến",
    "to": "dời đến",
    "number": "số",
    "steps": "số bước sửa",
    "copied": "số mục",
}


def told(verb: str) -> str:
    """What was done, for a person. An unknown verb (written by a newer version) stands as it is."""
    return VERBS.get(verb, verb)


def kind_of(object_kind: str) -> str:
    """The word for a kind of thing; "" if there is none."""
    return KINDS.get(object_kind, "")


def explained(facts: Mapping[str, object]) -> str:
    """The facts that say more than the verb: "trước: 40; sau: 60"."""
    parts = ((words, _plain(facts[name])) for name, words in FACTS.items() if name in facts)
    return "; ".join(f"{words}: {value}" for words, value in parts if value)


def _plain(value: object) -> str:
    """Numbers and words; dates as they are written here; nothing of lists and structures."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _moment(value) if isinstance(value, str) and value[:4].isdecimal() and "-" in value[4:6] else str(value)


def _moment(text: str) -> str:
    try:
        if len(text) == 10:
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        at = datetime.fromisoformat(text)
        return f"{clock.local(at) if at.tzinfo else at:%H:%M %d/%m/%Y}"
    except ValueError:
        return text
