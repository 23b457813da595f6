"""The scenario keys of what the weather does beside blowing: limits by their rule, forecast, temperature."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dronesim.scenario.fields import Minutes, NonNegative, Share, Table, about


class Told(Table):
    """What may be told of the weather beside the wind; what is absent is not known, and not counted."""

    gust_mps: Annotated[float, Field(ge=0.0, le=150.0)] | None = about(
        None, "gust at the height of the anemometer, metres per second; absent: not known, not counted", "stated"
    )
    rain_mmh: Annotated[float, Field(ge=0.0, le=500.0)] | None = about(
        None, "rain, millimetres an hour; absent: not known, not counted", "stated"
    )
    temperature_c: Annotated[float, Field(ge=-60.0, le=60.0)] | None = about(
        None, "temperature, degrees Celsius; absent: not known, not counted", "stated"
    )
    visibility_m: Annotated[float, Field(ge=0.0, le=100_000.0)] | None = about(
        None, "visibility, metres; absent: not known, not counted", "stated"
    )


class WeatherRulesTable(Told):
    """What a network does about the weather."""

    go_rule: Literal["wind", "all"] | None = about(
        None,
        "wind: drones stay down by the mean wind alone, level by level; all: by every limit of the drone type, until "
        "the weather is well below it; absent: all where more than the wind is stated",
        "a choice",
    )
    again_share: Annotated[float, Field(gt=0.0, le=1.0)] = about(
        0.9, "drones fly again when all is below this share of the limits, 0 to 1, for again_min", "E, assumption"
    )
    again_min: Minutes = about(10.0, "how long all must be below again_share of the limits, minutes", "E, assumption")
    look_ahead_min: Minutes = about(
        10.0,
        "a sortie is booked only if it is over so long before flying is forecast to stop, minutes",
        "E, assumption",
    )
    forecast: Literal["persistence", "series"] = about(
        "persistence",
        "what is expected of the weather: that of now, or what comes, with forecast_error; nobody knows more",
        "a choice",
    )
    forecast_error: Annotated[float, Field(ge=0.0, le=2.0)] = about(
        0.2,
        "standard deviation of the logarithm of forecast over true wind, rain and visibility, in forecast series",
        "E, assumption",
    )
    forecast_error_c: Annotated[float, Field(ge=0.0, le=20.0)] = about(
        2.0, "standard deviation of a forecast temperature, degrees Celsius, in forecast series", "E, assumption"
    )
    aloft: Literal["go_on", "return", "land"] = about(
        "go_on",
        "when flying stops, drones in the air go on; or those with a parcel return to where they took off; or all land "
        "where they are, to be fetched by road",
        "a choice",
    )
    acts_on_packs: bool = about(True, "whether a stated temperature acts on the usable energy of packs", "a choice")
    pack_share_0c: Share = about(
        0.9, "usable energy of a pack at 0 degrees Celsius, of that from 20 on, 0 to 1", "E, assumption"
    )
    pack_share_minus_20c: Annotated[float, Field(gt=0.0, le=1.0)] = about(
        0.75, "usable energy of a pack at -20 degrees Celsius and below, of that from 20 on, 0 to 1", "E, assumption"
    )
    acts_on_air: bool = about(
        True,
        "whether a stated temperature acts on the density of the air, which goes before air_density_kgm3, and so on "
        "power and payload",
        "a choice",
    )
    pressure_pa: Annotated[float, Field(ge=50_000.0, le=110_000.0)] = about(
        101_325.0, "pressure of the air, pascals, for its density", "A, standard atmosphere at sea level"
    )
    rated_density_kgm3: NonNegative = about(
        1.093,
        "density of the air, kilograms per cubic metre, below which a drone lifts less than its take-off mass",
        "D, air at 50 degrees Celsius",
    )
