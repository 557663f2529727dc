import os

import pytest

from training.outputs import Unusable
from training.parallel import on_all_cores


def test_in_the_order_of_the_tasks() -> None:
    made = on_all_cores(divmod, [(i, 3) for i in range(40)], "Dividing")
    assert made == [divmod(i, 3) for i in range(40)]


def test_a_fault_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        on_all_cores(divmod, [(1, 1), (1, 0)], "Dividing")


def test_a_process_that_is_killed_is_said() -> None:
    with pytest.raises(Unusable, match="killed"):
        on_all_cores(os._exit, [(1,), (1,)], "Ending")
