import threading
import time

import pytest

from seqsal.models.fair_lock import FairLock


def test_one_thread_at_a_time() -> None:
    lock, inside, most = FairLock(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with lock:
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_whoever_waits_comes_before_whoever_comes_back() -> None:
    lock, order, waiting = FairLock(), [], threading.Event()

    def click() -> None:
        waiting.set()
        with lock:
            order.append("click")

    with lock:
        clicker = threading.Thread(target=click)
        clicker.start()
        waiting.wait()
        while not lock._waiting:
            time.sleep(0.001)
    with lock:
        order.append("next prompt")
    clicker.join()
    assert order == ["click", "next prompt"]


def test_an_exception_lets_the_lock_go() -> None:
    lock = FairLock()
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    with lock:
        pass
