"""A weather year from a seed, and what sun and wind make of it.

Sun geometry, clear sky, transposition and cell temperature are pvlib's; cloudiness is a Markov chain, temperature a yearly
and a daily wave with a slow random part, wind a Weibull variable with memory. The place is fictional, on the coast of Jiangsu.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
from scipy.signal import lfilter
from scipy.special import ndtr

from lingtan.demo.span import PER_DAY, PER_HOUR, Floats, Ints, Span, stream

LATITUDE, LONGITUDE, ALTITUDE_M = 33.2, 120.6, 4.0
# by hour: clear, broken, overcast
_STAY = np.array([[0.90, 0.08, 0.02], [0.10, 0.78, 0.12], [0.03, 0.12, 0.85]])
_CLEARNESS = np.array([0.97, 0.66, 0.24])
_SPREAD = np.array([0.03, 0.17, 0.08])


@dataclass(frozen=True)
class Weather:
    """Quarter-hourly weather; irradiance at the middle of the interval."""

    temperature_c: Floats
    wind_m_s: Floats  # at hub height
    ghi_w_m2: Floats
    dni_w_m2: Floats
    dhi_w_m2: Floats
    zenith_deg: Floats
    azimuth_deg: Floats
    extra_w_m2: Floats


def remembering(rng: np.random.Generator, size: int, hours: float) -> Floats:
    """Standard normal noise whose memory fades over ``hours``. [-]"""
    keep = float(np.exp(-1 / (PER_HOUR * hours)))
    shocks = rng.standard_normal(size) * np.sqrt(1 - keep**2)
    shocks[0] = rng.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], shocks))


def make_weather(span: Span, seed: int) -> Weather:
    """The weather of the span."""
    middle = pd.date_range(span.start, periods=span.size, freq="15min") + pd.Timedelta("7min30s")
    sun = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, altitude=ALTITUDE_M)
    zenith = sun["apparent_zenith"].to_numpy()
    day = middle.day_of_year.to_numpy()
    extra = np.asarray(pvlib.irradiance.get_extra_radiation(day))
    up = np.minimum(zenith, 90.0)
    air_mass = pvlib.atmosphere.get_absolute_airmass(pvlib.atmosphere.get_relative_airmass(up))
    clear = pvlib.clearsky.ineichen(up, air_mass, linke_turbidity=4.2, altitude=ALTITUDE_M, dni_extra=extra)["ghi"]
    clear = np.where(zenith < 90, np.nan_to_num(np.asarray(clear)), 0.0)

    rng = stream(seed, "clouds")
    states = _cloud_states(rng, span.size // PER_HOUR)
    level = _CLEARNESS[states] + _SPREAD[states] * remembering(rng, states.size, 0.5)
    clearness = np.interp(np.arange(span.size), np.arange(states.size) * PER_HOUR + 1.5, level)
    clearness = np.clip(clearness * (1 + 0.03 * rng.standard_normal(span.size)), 0.05, 1.05)
    ghi = clear * clearness
    parts = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), day)
    daylight = zenith < 87
    dni = np.where(daylight, parts["dni"], 0.0)
    dhi = np.where(daylight, parts["dhi"], ghi)

    air = stream(seed, "air")
    overcast = 1 - clearness
    daily_wave = np.cos(2 * np.pi * (span.hour - 14.5) / 24) * (4.6 - 3.4 * overcast)
    yearly_wave = 15.6 - 12.8 * np.cos(span.year_angle - 0.40)
    temperature = yearly_wave + daily_wave + 2.6 * remembering(air, span.size, 60)

    gusts = stream(seed, "wind")
    uniform = ndtr(0.94 * remembering(gusts, span.size, 22) + 0.34 * remembering(gusts, span.size, 1.2))
    scale = 6.7 * (1 + 0.12 * np.cos(span.year_angle - 0.9) + 0.05 * np.cos(2 * np.pi * (span.hour - 2) / 24))
    wind = scale * (-np.log1p(-np.clip(uniform, 1e-9, 1 - 1e-9))) ** (1 / 2.05)
    return Weather(temperature, wind, ghi, dni, dhi, zenith, sun["azimuth"].to_numpy(), extra)


def _cloud_states(rng: np.random.Generator, hours: int) -> Ints:
    borders = np.cumsum(_STAY, axis=1)
    draws = rng.random(hours)
    states = np.zeros(hours, np.int64)
    for i in range(1, hours):
        states[i] = min(int(np.searchsorted(borders[states[i - 1]], draws[i])), 2)
    return states


def pv_kw(
    weather: Weather, peak_kw: float, *, tilt_deg: float, azimuth_deg: float = 180.0, losses: float = 0.11
) -> Floats:
    """AC power of a PV plant. [kW]

    Parameters
    ----------
    weather : Weather
    peak_kw : float
        DC rating at standard conditions. [kW]
    tilt_deg, azimuth_deg : float
        Plane of the modules; azimuth 180 is south. [deg]
    losses : float
        Share lost to soiling, mismatch and wiring.

    References
    ----------
    .. [1] A. P. Dobos, "PVWatts Version 5 Manual," NREL/TP-6A20-62641, 2014.
    """
    plane = pvlib.irradiance.get_total_irradiance(
        tilt_deg,
        azimuth_deg,
        weather.zenith_deg,
        weather.azimuth_deg,
        weather.dni_w_m2,
        weather.ghi_w_m2,
        weather.dhi_w_m2,
        dni_extra=weather.extra_w_m2,
        model="haydavies",
    )
    irradiance = np.nan_to_num(np.asarray(plane["poa_global"]), nan=0.0).clip(min=0.0)
    cell = pvlib.temperature.faiman(irradiance, weather.temperature_c, np.minimum(weather.wind_m_s * 0.6, 12))
    dc_kw = peak_kw * (1 - losses) * irradiance / 1000 * (1 - 0.0035 * (cell - 25))
    inverter_kw = peak_kw / 1.15
    return np.where(
        irradiance > 8, np.asarray(pvlib.inverter.pvwatts(np.maximum(dc_kw, 1e-6), inverter_kw / 0.965)), 0.0
    )


def wind_kw(weather: Weather, rated_kw: float, *, losses: float = 0.09) -> Floats:
    """Power of a wind farm by a power curve: cut-in 2.8, rated 11.2, cut-out 24 m/s. [kW]"""
    speeds = np.array([0, 2.8, 4, 5, 6, 7, 8, 9, 10, 11.2, 24, 24.01, 40])
    shares = np.array([0, 0, 0.06, 0.14, 0.25, 0.40, 0.58, 0.76, 0.91, 1.0, 1.0, 0.0, 0.0])
    return np.asarray(rated_kw * (1 - losses) * np.interp(weather.wind_m_s, speeds, shares))


def daily_mean(values: Floats) -> Floats:
    """The mean of each day, repeated over its quarter hours."""
    return np.repeat(values.reshape(-1, PER_DAY).mean(axis=1), PER_DAY)
