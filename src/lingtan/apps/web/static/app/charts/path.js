// Sums since January against what the limit allows, and the forecast to the end of the year with its interval.
export const option = (d, look) => {
  const spread = d.high.map((v, i) => (v == null || d.low[i] == null ? null : v - d.low[i]));
  const hidden = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, silent: true, stack: "interval", stackStrategy: "all", tooltip: { show: false }, itemStyle: { color: look.palette[1] } };
  const foreseen = d.ahead.some((v) => v !== null);
  const say = (v) => (v == null ? "–" : `${v.toLocaleString("en", { maximumFractionDigits: 1 })} tCO₂`);
  return {
    grid: { left: 12, right: 16, top: 44, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink }, data: [d.words["month-co2"], d.words["co2-sum"], d.words.limit, ...(foreseen ? [d.words.ahead] : [])] },
    tooltip: {
      trigger: "axis",
      formatter: (ps) => {
        const i = ps[0].dataIndex;
        const lines = ps.filter((p) => p.value != null && !["low", "band"].includes(p.seriesId)).map((p) => `${p.seriesName}: ${say(p.value)}`);
        if (spread[i] !== null && spread[i] > 0) lines.push(`${d.words.interval}: ${say(d.low[i])} … ${say(d.high[i])}`);
        return [d.months[i], ...lines].join("\n");
      },
    },
    xAxis: { type: "category", data: d.months, axisLabel: { color: look.faint }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "value", name: d.words["axis-co2"], nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: (v) => v.toLocaleString("en") }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      { name: d.words["month-co2"], type: "bar", data: d.monthly, itemStyle: { color: "#b9d8cc" }, barMaxWidth: 26 },
      { name: d.words["co2-sum"], type: "line", data: d.co2, symbolSize: 5, lineStyle: { width: 3 }, itemStyle: { color: look.palette[0] } },
      { name: d.words.limit, type: "line", data: d.limit, symbol: "none", lineStyle: { type: "dashed", width: 2 }, itemStyle: { color: "#d1495b" } },
      ...(foreseen ? [
        { ...hidden, id: "low", name: "low", data: d.low },
        { ...hidden, id: "band", name: "band", data: spread, areaStyle: { color: look.palette[1], opacity: 0.18 } },
        { name: d.words.ahead, type: "line", data: d.ahead, symbol: "none", lineStyle: { type: "dotted", width: 3 }, itemStyle: { color: look.palette[1] } },
      ] : []),
    ],
  };
};
