"""Runs the parts of a run on all devices of this process, each on the device that is free first."""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


def run_on_all(parts: Iterator[T], devices: Sequence[str], work: Callable[[T, str], None]) -> None:
    """Calls work(part, device) for each part; a device takes its next part when it is done.

    Args:
        parts: read one at a time, so that no more parts are in memory than there are devices.
        devices: the devices; with one, everything happens in this thread.
        work: called in a thread of the device.

    Raises:
        Exception: the first that a call raised; parts that have begun are finished before.
    """
    if len(devices) == 1:
        for part in parts:
            work(part, devices[0])
        return
    lock, failed = threading.Lock(), threading.Event()

    def take() -> Iterator[T]:
        while not failed.is_set():
            with lock:
                part = next(parts, None)
            if part is None:
                return
            yield part

    def run(device: str) -> None:
        try:
            for part in take():
                work(part, device)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(len(devices)) as pool:
        # The context says who shows progress.
        futures = [pool.submit(contextvars.copy_context().run, run, each) for each in devices]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:  # For example an interrupt: no device begins another part.
            failed.set()
            raise
    for future in done:
        future.result()
