"""Topics: what is built is read back as it was, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mqtt.topics import DeviceTopic, DeviceTopicKind, DiscoveryTopic, NodeTopic, NodeTopicKind, Topics

TOPICS = Topics("alco")
NAMES = st.from_regex(r"[a-z0-9-]{1,63}", fullmatch=True)
DEVICES = NAMES.filter(lambda name: name != "node")


@given(NAMES, st.sampled_from(NodeTopicKind))
def test_a_node_topic_is_read_as_it_was_built(node: str, kind: NodeTopicKind) -> None:
    assert TOPICS.parse(TOPICS.node(node, kind)) == NodeTopic(node, kind)


@given(DEVICES, st.sampled_from([kind for kind in DeviceTopicKind if kind is not DeviceTopicKind.AVAILABILITY]), NAMES)
def test_a_device_topic_is_read_as_it_was_built(device: str, kind: DeviceTopicKind, name: str) -> None:
    assert TOPICS.parse(TOPICS.device(device, kind, name)) == DeviceTopic(device, kind, name)


@given(DEVICES)
def test_availability_has_no_name(device: str) -> None:
    topic = TOPICS.device(device, DeviceTopicKind.AVAILABILITY)
    assert TOPICS.parse(topic) == DeviceTopic(device, DeviceTopicKind.AVAILABILITY)


@given(DEVICES)
def test_a_discovery_topic_is_read_as_it_was_built(device: str) -> None:
    assert TOPICS.parse(TOPICS.discovery(device)) == DiscoveryTopic(device)


@given(st.text())
def test_any_other_text_is_no_topic_of_ours(topic: str) -> None:
    parsed = TOPICS.parse(topic)
    assert parsed is None or topic.startswith(("alcolab/alco/", "homeassistant/device/alco-"))


@pytest.mark.parametrize(
    "topic",
    [
        "alcolab/other/bed/availability",
        "alcolab/alco/bed",
        "alcolab/alco/bed/reading",
        "alcolab/alco/bed/reading/",
        "alcolab/alco/bed/reading/a/b",
        "alcolab/alco/Bed/reading/a",
        "alcolab/alco/bed/weather/a",
        "alcolab/alco/bed/reply/not_an_id",
        "alcolab/alco/bed/reply/" + "a" * 65,
        "alcolab/alco/node/hub",
        "alcolab/alco/node/hub/reading",
        "alcolab/alco/node/hub/info/more",
        "alcolab/alco/bed/state/été",
        "homeassistant/device/alco-Bed/config",
    ],
)
def test_what_looks_similar_is_refused(topic: str) -> None:
    assert TOPICS.parse(topic) is None


def test_a_node_may_be_called_like_a_kind_of_topic() -> None:
    assert TOPICS.parse("alcolab/alco/node/reading/info") == NodeTopic("reading", NodeTopicKind.INFO)
