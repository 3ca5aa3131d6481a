"""What is expected outside: temperature, sun and wind, from forecasts that were issued in time, else from persistence and the sun's course."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lingtan.forecast.features import Outside
from lingtan.forecast.history import DAY, History, Seen
from lingtan.forecast.shifts import Shifts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HALF_LIFE_S = 2 * DAY  # after which a warm spell counts half
HABIT_DAYS = 10
LEAST_ARCHIVE = 0.8  # of the last two weeks, for forecasts of sun or wind to move a plant's base
# power of a usual onshore turbine by wind speed at its hub [m/s], and hub speed for 1 m/s at 10 m
CURVE_M_S = (0.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 25.0, 25.01)
CURVE_SHARE = (0.0, 0.0, 0.03, 0.08, 0.17, 0.29, 0.45, 0.63, 0.81, 0.93, 0.985, 1.0, 1.0, 0.0)
HUB = 1.38


@dataclass(frozen=True)
class Archive:
    """Weather forecasts with the moment each was issued. ``values``: ``temperature_c``, ``ghi_w_m2``, ``wind_m_s`` by row."""

    issued_s: Ints
    time_s: Ints
    values: Mapping[str, Floats]

    def latest(self, name: str, at: int, times_s: Ints) -> Floats:
        """The newest forecast issued at or before ``at`` for each instant, straight between two; NaN where none reaches."""
        if name not in self.values:
            return np.full(len(times_s), np.nan)
        good = (self.issued_s <= at) & np.isfinite(self.values[name])
        order = np.lexsort((self.issued_s[good], self.time_s[good]))
        times, found = self.time_s[good][order], self.values[name][good][order]
        if not len(times):
            return np.full(len(times_s), np.nan)
        last = np.append(times[1:] != times[:-1], True)
        times, found = times[last], found[last]
        value = np.interp(times_s, times, found)
        after = np.searchsorted(times, times_s, side="left")
        gap = times[np.minimum(after, len(times) - 1)] - times[np.maximum(after - 1, 0)]
        near = (times_s >= times[0]) & (times_s <= times[-1] + 3600) & (gap <= 3 * 3600)
        return np.where(near, value, np.nan)


@dataclass(frozen=True)
class Surroundings:
    """Where the park is, its weather station and the forecasts it was sent."""

    zone: str
    latitude: float | None = None
    longitude: float | None = None
    temperature: History | None = None
    archive: Archive | None = None
    start_s: int = 0
    end_s: int = 0
    step_s: int = 900
    shifts: Shifts | None = None
    _sky: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def clear_sky(self) -> Floats:
        """Clear-sky irradiance on a plane tilted 20° south, by step from ``start_s`` to eight days beyond ``end_s``. [kW/m2]"""
        import pandas as pd
        import pvlib

        assert self.latitude is not None
        times = np.arange(self.start_s, self.end_s + 8 * DAY, self.step_s)
        hourly = pd.DatetimeIndex((times + self.step_s // 2) * 1_000_000_000, tz="UTC")
        sun = pvlib.solarposition.get_solarposition(hourly, self.latitude, self.longitude)
        zenith = sun["apparent_zenith"].to_numpy()
        up = np.minimum(zenith, 89.5)
        extra = np.asarray(pvlib.irradiance.get_extra_radiation(hourly.day_of_year), float)
        mass = pvlib.atmosphere.get_absolute_airmass(pvlib.atmosphere.get_relative_airmass(up))
        sky = pvlib.clearsky.ineichen(up, mass, linke_turbidity=3.5, dni_extra=extra)
        plane = pvlib.irradiance.get_total_irradiance(
            20, 180, up, sun["azimuth"].to_numpy(), sky["dni"], sky["ghi"], sky["dhi"]
        )["poa_global"]
        return np.where(zenith < 90, np.clip(np.nan_to_num(np.asarray(plane, float)), 0, None) / 1000, 0.0)

    def sun(self, times_s: Ints) -> Floats | None:
        """Clear-sky irradiance at steps; None where the place is not known. [kW/m2]"""
        if self.latitude is None:
            return None
        place = (times_s - self.start_s) // self.step_s
        sky = self.clear_sky
        return np.where((place >= 0) & (place < len(sky)), sky[np.clip(place, 0, len(sky) - 1)], np.nan)

    @property
    def source(self) -> str:
        """Where expected weather comes from."""
        return "forecast" if self.archive is not None else "persistence+climatology"

    def load(self, seen: Seen, at: int, leads: Ints) -> Outside | None:
        """What moves loads: the temperature, and what enterprises plan to produce."""
        air = self._temperature(seen, at, leads)
        level = None
        if self.shifts is not None:
            level = self.shifts.levels(seen.ids, at, self._steps(seen, leads))
        if level is None:
            return None if air is None else Outside(temperature=air)
        width = seen.values.shape[1]
        return Outside(temperature=air, level_seen=level[:, :width], level=level[:, width:])

    def pv(self, seen: Seen, at: int, leads: Ints) -> Outside | None:
        """What moves PV: the sun, by forecasts of irradiance where there are enough, else by a clear sky."""
        steps = self._steps(seen, leads)
        clear = self.sun(steps)
        driver = None
        if self.archive is not None:
            driver = self._archived("ghi_w_m2", seen, at, leads)
            driver = None if driver is None else driver / 1000
        if driver is None:
            driver = clear
        if driver is None:
            return self.load(seen, at, leads)
        return self._driven(driver, seen, self._temperature(seen, at, leads))

    def wind(self, seen: Seen, at: int, leads: Ints) -> Outside | None:
        """What moves wind power: forecasts of its speed through a power curve, where there are any."""
        if self.archive is None:
            return None
        speed = self._archived("wind_m_s", seen, at, leads)
        if speed is None:
            return None
        return self._driven(np.interp(speed * HUB, CURVE_M_S, CURVE_SHARE) + 0.01, seen, None)

    def _steps(self, seen: Seen, leads: Ints) -> Ints:
        width = seen.values.shape[1]
        return np.concatenate([seen.start_s + seen.step_s * np.arange(width), seen.origin_s + seen.step_s * leads])

    def _driven(self, driver: Floats, seen: Seen, air: Floats | None) -> Outside:
        width = seen.values.shape[1]
        many = len(seen.ids)
        return Outside(
            air,
            np.broadcast_to(driver[:width], (many, width)),
            np.broadcast_to(driver[width:], (many, len(driver) - width)),
        )

    def _archived(self, name: str, seen: Seen, at: int, leads: Ints) -> Floats | None:
        assert self.archive is not None
        found = self.archive.latest(name, at, self._steps(seen, leads) + seen.step_s // 2)
        width = seen.values.shape[1]
        whole = (
            np.isfinite(found[width:]).all()
            and np.isfinite(found[width - 14 * seen.day : width]).mean() >= LEAST_ARCHIVE
        )
        return found if whole else None

    def _temperature(self, seen: Seen, at: int, leads: Ints) -> Floats | None:
        """Measured for the window, expected for the leads: as forecast, else habit and a fading difference from it."""
        width, day = seen.values.shape[1], seen.day
        if self.temperature is None:
            if self.archive is None:
                return None
            return self.archive.latest("temperature_c", at, self._steps(seen, leads))
        air = self.temperature.seen(at, width // day, origin=seen.origin_s).values[0]
        recent = air[-HABIT_DAYS * day :].reshape(HABIT_DAYS, day)
        known = np.isfinite(recent)
        many = known.sum(axis=0)
        habit = np.where(many > 0, np.where(known, recent, 0).sum(axis=0) / np.maximum(many, 1), np.nan)
        gap = air[-day:] - habit
        now = float(np.nanmean(gap)) if np.isfinite(gap).any() else 0.0
        expected = habit[leads % day] + now * 0.5 ** ((leads + 1) * seen.step_s / HALF_LIFE_S)
        if self.archive is not None:
            told = self.archive.latest("temperature_c", at, seen.origin_s + seen.step_s * leads)
            expected = np.where(np.isfinite(told), told, expected)
        return np.concatenate([air, expected])
