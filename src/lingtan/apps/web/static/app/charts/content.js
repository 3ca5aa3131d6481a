// The state of charge of stores, as a share of their size.
export const option = (d, look) => {
  const at = (i) => (d.start + d.offset + i * d.step) * 1000;
  const mwh = (v) => (Math.abs(v) >= 10000 ? `${(v / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} MWh` : `${v.toLocaleString("en", { maximumFractionDigits: 0 })} kWh`);
  return {
    useUTC: true,
    grid: { left: 12, right: 20, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink } },
    tooltip: { trigger: "axis", formatter: (ps) => [new Date(ps[0].value[0]).toISOString().slice(5, 16).replace("T", " "), ...ps.map((p) => `${p.seriesName}: ${p.value[1].toFixed(1)} % · ${mwh(p.value[2])}`)].join("\n") },
    xAxis: { type: "time", axisLabel: { color: look.faint, hideOverlap: true, formatter: { day: "{MM}-{dd}", month: "{MM}-{dd}", year: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "value", name: "%", min: 0, max: 100, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint }, splitLine: { lineStyle: { color: look.line } } },
    series: d.series.map((s, i) => ({ name: s.name, type: "line", symbol: "none", animation: false, lineStyle: { width: 2 }, areaStyle: { opacity: d.series.length === 1 ? 0.15 : 0 }, itemStyle: { color: ["#7b61b8", "#c8553d", "#4aa5a5", "#2f7ed8"][i % 4] }, data: s.values.map((v, k) => [at(k + 1), s.size ? (100 * v) / s.size : 0, v]) })),
  };
};
