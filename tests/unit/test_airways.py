import shapely

from dronesim.routing.airways import airway_network, describe_airways


def test_airways_that_meet_are_one_network():
    lines = [shapely.LineString([(0, 0), (100, 0), (100, 50)]), shapely.LineString([(100.3, 0.2), (200, 0)])]
    assert describe_airways(lines) == {"edges": 3, "parts": 1, "length_m": 250.0}


def test_airways_apart_are_counted_apart():
    lines = [shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(0, 20), (10, 20)])]
    assert describe_airways(lines)["parts"] == 2


def test_a_map_without_airways_has_an_empty_network():
    assert describe_airways([]) == {"edges": 0, "parts": 0, "length_m": 0.0}
    assert len(airway_network([])) == 0
