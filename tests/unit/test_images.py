"""The pilots' image: missing until it is seen, pulled only where that is allowed."""

from __future__ import annotations

from plancton.engine.base import EngineError
from plancton.engine.fake import FakeEngine
from plancton.engine.images import CHECK_SECONDS, RETRY_SECONDS, Wanted
from plancton.model import Missing
from tests.unit.office import Office, until

IMAGE = "registry.example.org/pilot:1"


class Registry(FakeEngine):
    """An engine with a registry behind it, while `on_line`."""

    def __init__(self) -> None:
        super().__init__()
        self.pulled = 0
        self.on_line = True

    def pull(self, image: str) -> None:
        if not self.on_line:
            raise EngineError("no route to host")
        self.pulled += 1
        self.images.add(image)


def missing(office: Office, refresh: float | None = None, image: str = IMAGE) -> Missing | None:
    return office.desk.images({"default": Wanted(image, refresh)}).get("default")


def looked(office: Office, refresh: float | None = None, image: str = IMAGE) -> Missing | None:
    """What is known after the next look at the engine."""
    office.desk.requests()
    missing(office, refresh, image)
    until(lambda: {"inspect_image", "pull"} & {r.operation for r in office.desk.requests()})
    until(lambda: office.desk.outcomes() == [] and not office.desk._images.busy)  # noqa: SLF001
    return missing(office, refresh, image)


def test_an_image_is_missing_until_it_has_been_seen() -> None:
    office = Office()
    assert missing(office) == Missing(f"{IMAGE} is being looked for")
    office.engine.images.add(IMAGE)
    assert looked(Office(office.engine)) is None


def test_nothing_is_pulled_unless_allowed() -> None:
    engine = Registry()
    found = looked(Office(engine))
    assert isinstance(found, Missing)
    assert "pilot.image_refresh_seconds allows no pull" in found.why
    assert engine.pulled == 0


def test_a_missing_image_is_pulled_once_and_one_at_hand_is_not() -> None:
    engine = Registry()
    office = Office(engine)
    assert looked(office, refresh=0.0) is None
    office.clock.now += CHECK_SECONDS + 1
    assert looked(office, refresh=0.0) is None
    assert engine.pulled == 1


def test_a_newer_one_is_looked_for_as_often_as_told() -> None:
    engine = Registry()
    office = Office(engine)
    for pulls in (1, 1, 2):
        assert looked(office, refresh=50.0) is None
        assert engine.pulled == pulls
        office.clock.now += CHECK_SECONDS + 1


def test_off_line_the_image_at_hand_serves_on_and_a_missing_one_is_missing() -> None:
    engine = Registry()
    engine.on_line = False
    found = looked(Office(engine), refresh=50.0)
    assert found == Missing(f"{IMAGE} cannot be pulled: no route to host")
    engine.images.add(IMAGE)
    assert looked(Office(engine), refresh=50.0) is None


def refreshed(office: Office, refresh: float | None = 50.0) -> dict[str, bool]:
    looked(office, refresh=refresh)
    return office.desk.image_refreshes({"default": Wanted(IMAGE, refresh)})


def test_whether_the_last_pull_succeeded_is_known_where_there_was_one() -> None:
    engine = Registry()
    engine.images.add(IMAGE)
    engine.on_line = False
    office = Office(engine)
    assert office.desk.image_refreshes({"default": Wanted(IMAGE, 50.0)}) == {}
    assert refreshed(Office(engine), refresh=None) == {}
    assert refreshed(office) == {"default": False}
    engine.on_line = True
    office.clock.now += 51
    assert refreshed(office) == {"default": True}


def test_a_refresh_that_failed_is_tried_again_within_the_hour() -> None:
    engine = Registry()
    engine.images.add(IMAGE)
    engine.on_line = False
    office, day = Office(engine), 86400.0
    assert refreshed(office, refresh=day) == {"default": False}
    engine.on_line = True
    for seconds, pulls in ((CHECK_SECONDS + 1, 0), (RETRY_SECONDS, 1), (RETRY_SECONDS, 1), (day, 2)):
        office.clock.now += seconds
        looked(office, refresh=day)
        assert engine.pulled == pulls


def test_an_image_that_is_loaded_later_is_noticed() -> None:
    office = Office()
    assert isinstance(looked(office), Missing)
    office.engine.images.add(IMAGE)
    office.clock.now += CHECK_SECONDS + 1
    assert looked(office) is None


def test_another_image_is_looked_for_at_once() -> None:
    office = Office()
    office.engine.images.add(IMAGE)
    assert looked(office) is None
    assert isinstance(looked(office, image="other:1"), Missing)


def test_each_kind_hears_of_its_own_image_and_one_of_two_kinds_is_asked_for_once() -> None:
    office = Office()
    office.engine.images.add(IMAGE)
    here = Wanted(IMAGE, None)
    wanted = {"alice": here, "local": here, "other": Wanted("other:1", None)}
    assert set(office.desk.images(wanted)) == {"alice", "local", "other"}
    until(lambda: office.desk.outcomes() == [] and not office.desk._images.busy)  # noqa: SLF001
    assert set(office.desk.images(wanted)) == {"other"}
    assert [r.operation for r in office.desk.requests()] == ["inspect_image"] * 2


def test_a_broken_engine_leaves_the_image_missing_with_its_reason() -> None:
    office = Office()
    office.engine.broken = "on strike"
    assert looked(office) == Missing(f"{IMAGE}: on strike")
