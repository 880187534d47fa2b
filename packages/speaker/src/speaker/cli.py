"""`loa-speaker`: enrol, run, launch, fleet, status, say-state, check."""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sqlite3
import sys
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from devicelink import commandline
from devicelink.refusals import Reason, Refused

from speaker.agent import Agent, NotEnrolled, Parts
from speaker.clock import MachineTicks, has_battery_clock
from speaker.config import QUICK, VERSION, Config, Pace
from speaker.disk import RealDisk
from speaker.enrol import Kind, enrol
from speaker.feeder import Feeder
from speaker.fleet import LATENCY_S, Fleet, FleetConfig, read_claims, write_facts
from speaker.gpio.switch import Stuck, opened
from speaker.gpio.wiring import read_wiring
from speaker.http import Unreachable
from speaker.logs import LogBook
from speaker.sink import Sink
from speaker.sinks.card import CardSink
from speaker.sinks.card_clock import CardFaults
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump
from speaker.sinks.wav import WavSink
from speaker.status import read_status
from speaker.store import Damaged, Store
from speaker.tap import TapServer
from speaker.update import slots
from speaker.update.launcher import Launcher, Patience
from speaker.update.software import Software

_REFUSED = {
    Reason.UNKNOWN_KEY: "Mã ghép nối không đúng.",
    Reason.EXPIRED: "Mã ghép nối đã hết hạn. Hãy xin mã mới.",
    Reason.DUPLICATE: "Mã ghép nối đã được một loa khác dùng. Hãy xin mã mới.",
    Reason.WRONG_AUDIENCE: "Mã ghép nối này không dành cho cụm loa.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; the exit code."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.work is not _launch:
        _parser().parse_args(arguments)  # says which of them it does not know
    options.rest = rest
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING, format="%(asctime)s %(name)s %(message)s"
    )
    try:
        return int(options.work(options))
    except NotEnrolled:
        return _fail("Loa này chưa được ghép nối. Hãy chạy «loa-speaker enrol» với mã ghép nối trước.")
    except Damaged as error:
        return _fail(f"Bộ nhớ trạng thái của loa bị hỏng ({error}). Hãy xóa thư mục và ghép nối lại loa.")
    except sqlite3.OperationalError as error:
        return _fail(f"Không mở được bộ nhớ trạng thái; có thể một tiến trình khác đang chạy loa này ({error}).")
    except Unreachable as error:
        return _fail(f"Không nối được với máy chủ: {error}.")
    except Refused as refusal:
        return _fail(_REFUSED.get(refusal.reason, f"Máy chủ từ chối ({refusal.reason})."))
    except (OSError, ValueError) as error:
        return _fail(f"Không chạy được: {error}.")


def _parser() -> argparse.ArgumentParser:
    commandline.in_vietnamese()
    parser = argparse.ArgumentParser(prog="loa-speaker", description="Phần mềm chạy trên cụm loa của Loa.")
    parser.add_argument("--verbose", action="store_true", help="ghi chi tiết những việc loa làm")
    commands = parser.add_subparsers(required=True, metavar="VIỆC")
    for name, work, text in (
        ("enrol", _enrol, "ghép nối loa với hệ thống bằng mã ghép nối"),
        ("run", _run, "chạy loa"),
        ("launch", _launch, "chạy loa dưới một trình khởi động biết đổi và trả lại bản phần mềm"),
        ("check", _check, "kiểm tra bản phần mềm này có chạy được không"),
        ("fleet", _fleet, "chạy nhiều loa mô phỏng trong một tiến trình"),
        ("switches-off", _switches_off, "mở mọi công tắc âm-li của nút chuyển tiếp"),
        ("status", _status, "in trạng thái của loa (JSON)"),
        ("say-state", _say_state, "nói trạng thái của loa bằng lời"),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        command.set_defaults(work=work)
        if name != "check":
            command.add_argument(
                "--folder", metavar="THƯ-MỤC", type=Path, required=True, help="thư mục lưu trạng thái của loa"
            )
        if name in ("enrol", "run", "fleet"):
            _add_network(command)
        _EXTRA.get(name, lambda _command: None)(command)
    return parser


def _add_network(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--gateway", metavar="ĐỊA-CHỈ", default="", help="địa chỉ cổng, ví dụ https://loa.example.vn:8001"
    )
    command.add_argument(
        "--engine", metavar="ĐỊA-CHỈ", default="", help="địa chỉ MQTT, thay cho địa chỉ nhận lúc ghép nối"
    )
    command.add_argument("--ca", metavar="TỆP", type=Path, help="tệp PEM của nơi cấp chứng thư duy nhất được tin")
    command.add_argument("--quick", action="store_true", help="nối lại nhanh, dùng khi trình diễn")
    command.add_argument("--tuner", metavar="THƯ-MỤC", type=Path, help="thư mục đài FM mô phỏng, mỗi tần số một tệp")
    command.add_argument("--fm", metavar="LỆNH", default="", help="bộ thu FM thật: rtl_fm, hoặc cả câu lệnh có {khz}")
    command.add_argument(
        "--capture", metavar="LỆNH", default="", help="đầu vào âm thanh thật: arecord, ffmpeg, hoặc câu lệnh có {input}"
    )
    command.add_argument(
        "--trim", metavar="MS", type=float, default=0.0, help="tiếng nói trực tiếp phát chậm hơn chừng này mili giây"
    )
    command.add_argument("--inputs", metavar="THƯ-MỤC", type=Path, help="thư mục đầu vào âm thanh mô phỏng")


def _add_enrol(command: argparse.ArgumentParser) -> None:
    command.add_argument("--claim", metavar="MÃ", required=True, help="mã ghép nối")
    command.add_argument("--root", metavar="DẤU", required=True, help="dấu vân tay của khóa gốc")
    command.add_argument("--adapter", action="store_true", help="đây là nút chuyển tiếp cho loa có dây hoặc FM")


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sink", choices=("card", "wav", "null"), default="card", help="nơi phát ra âm thanh")
    command.add_argument("--device", metavar="CẠC", help="tên hoặc số của cạc âm thanh")
    command.add_argument(
        "--hidden-latency", metavar="GIÂY", type=float, default=0.0, help="độ trễ mà cạc không báo (giây)"
    )
    command.add_argument(
        "--ear", metavar="ĐẦU-VÀO", default="", help="loa tự nghe bằng gì: microphone:TÊN, line:TÊN hoặc simulated"
    )
    command.add_argument("--no-daily-test", action="store_true", help="không tự thử loa mỗi ngày")
    command.add_argument("--no-rtc", action="store_true", help="máy không có đồng hồ chạy pin")


def _add_fleet(command: argparse.ArgumentParser) -> None:
    command.add_argument("--count", metavar="SỐ", type=int, required=True, help="số loa mô phỏng")
    command.add_argument("--claims", metavar="TỆP", type=Path, help="tệp mã ghép nối, mỗi dòng một mã")
    command.add_argument("--root", metavar="DẤU", required=True, help="dấu vân tay của khóa gốc")
    command.add_argument("--sink", choices=("wav", "null"), default="wav", help="ghi ra tệp WAV hay bỏ đi")
    command.add_argument("--port", metavar="CỔNG", type=int, default=0, help="cổng để nghe thử (0 = cổng trống bất kỳ)")


def _add_launch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--trial", metavar="GIÂY", type=float, default=600.0, help="bản mới có bao lâu để chứng tỏ là chạy được"
    )
    command.epilog = "Các tùy chọn khác được chuyển nguyên cho «run»."


_EXTRA = {"enrol": _add_enrol, "run": _add_run, "fleet": _add_fleet, "launch": _add_launch}


def _config(options: argparse.Namespace) -> Config:
    return Config(
        folder=options.folder,
        gateway_url=options.gateway,
        engine_url=options.engine,
        ca=options.ca,
        pace=QUICK if options.quick else Pace(),
        tuner=options.tuner,
        inputs=options.inputs,
        ear=getattr(options, "ear", ""),
        daily=not getattr(options, "no_daily_test", False),
        fm=options.fm,
        capture=options.capture,
        trim_ms=options.trim,
    )


def _enrol(options: argparse.Namespace) -> int:
    store = Store(RealDisk(), options.folder)
    try:
        answer = enrol(
            store,
            _config(options),
            claim=options.claim,
            root=options.root,
            seed=secrets.token_bytes(32),
            kind=_kind(options),
        )
    finally:
        store.close()
    _say(f"Loa đã ghép nối với tên {answer.device}.")
    _say(f"Dấu vân tay của khóa: {answer.fingerprint}")
    _say("Hãy đọc dấu vân tay này cho kỹ thuật viên so với màn hình trước khi xác nhận.")
    return 0


def _run(options: argparse.Namespace) -> int:
    ticks = MachineTicks(rtc=not options.no_rtc and has_battery_clock())
    leaving: list[bool] = []

    def leave() -> None:
        leaving.append(True)
        signal.raise_signal(signal.SIGTERM)

    logs = LogBook(options.folder / "log").attached()
    parts = Parts(
        RealDisk(),
        ticks,
        _sink(options),
        Feeder(),
        ThreadPoolExecutor(3),
        software=Software(slot=slots.slot_told(os.environ), leave=leave),
        logs=logs,
    )
    agent = Agent(_config(options), parts)
    code = _until_signal(agent.run(), agent.say_goodbye)
    return slots.RESTART if leaving else code


def _launch(options: argparse.Namespace) -> int:
    patience = Patience(trial=options.trial)
    return Launcher(options.folder, options.rest, patience).run()


def _check(_options: argparse.Namespace) -> int:
    """All that `run` needs has been imported when this is reached."""
    _say(VERSION)
    return 0


def _sink(options: argparse.Namespace) -> Sink:
    if options.sink == "card":
        device = int(options.device) if (options.device or "").isdigit() else options.device
        return CardSink(device, hidden_latency_s=options.hidden_latency)
    return (
        NullSink(Pump())
        if options.sink == "null"
        else WavSink(Pump(), options.folder / "out", CardFaults(latency_s=LATENCY_S))
    )


def _fleet(options: argparse.Namespace) -> int:
    options.folder.mkdir(parents=True, exist_ok=True)
    fleet = Fleet(
        FleetConfig(
            config=_config(options),
            count=options.count,
            root=options.root,
            claims=read_claims(options.claims),
            sink=options.sink,
        )
    )
    server = TapServer(fleet, options.port)
    write_facts(options.folder, server.port)
    try:
        return _until_signal(fleet.run())
    finally:
        server.close()


def _kind(options: argparse.Namespace) -> Kind:
    return "adapter" if options.adapter else "speaker"


def _switches_off(options: argparse.Namespace) -> int:
    """After a crash: systemd runs it when the agent has ended, however it ended."""
    failed = 0
    for wire in read_wiring(options.folder):
        try:
            opened(wire, options.folder).release()
        except Stuck as error:
            failed = _fail(f"Không mở được công tắc {wire.name}: {error}.")
    return failed


def _status(options: argparse.Namespace) -> int:
    status = read_status(options.folder)
    if status is None:
        return _fail("Chưa có trạng thái nào được ghi lại.")
    _say(msgspec.json.format(msgspec.json.encode(status), indent=2).decode())
    return 0


def _say_state(options: argparse.Namespace) -> int:
    status = read_status(options.folder)
    if status is None:
        return _fail("Chưa có trạng thái nào được ghi lại.")
    for line in status.words:
        _say(line)
    return 0


def _until_signal(work: Coroutine[Any, Any, None], last: Callable[[], None] | None = None) -> int:
    """Run until SIGINT or SIGTERM, then say the last word and stop cleanly."""

    async def guarded() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        task = asyncio.create_task(work)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and last is not None:
            last()
        for other in (task, waiting):
            other.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
        if task.done() and not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]

    asyncio.run(guarded())
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 1
