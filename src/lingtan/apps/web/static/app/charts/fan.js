// A fan of quantiles: what was known before it was issued, what came after.
const say = (v) => (v == null ? "–" : v.toLocaleString("en", { maximumFractionDigits: Math.abs(v) < 10 ? 2 : Math.abs(v) < 100 ? 1 : 0 }));

export const option = (d, look) => {
  const at = (i) => (d.start + d.offset + i * d.step) * 1000, n = d.values[0].length, back = d.known.length;
  const q = (p) => d.values[d.quantiles.findIndex((x) => Math.abs(x - p) < 1e-9)];
  const points = (values, shift = 0) => values.map((v, i) => [at(i - shift), v]);
  const band = (name, low, high, opacity, stack) => [
    { name: `_${stack}`, type: "line", stack, stackStrategy: "all", symbol: "none", lineStyle: { opacity: 0 }, silent: true, animation: false, data: points(low) },
    { name, type: "line", stack, stackStrategy: "all", symbol: "none", lineStyle: { opacity: 0 }, silent: true, animation: false, itemStyle: { color: "#2f7ed8", opacity }, areaStyle: { color: "#2f7ed8", opacity }, data: points(high.map((v, i) => v - low[i])) },
  ];
  const line = (name, data, color, extra = {}) => ({ name, type: "line", symbol: "none", animation: false, itemStyle: { color }, lineStyle: { color, width: 1.6, ...extra }, data });
  const all = [...q(0.05), ...q(0.95), ...d.known, ...d.came].filter((v) => v != null), least = Math.min(...all), most = Math.max(...all);
  const some = (values) => values.some((v) => v !== null);
  const series = [
    ...band(d.words["band-90"], q(0.05), q(0.95), 0.18, "wide"),
    ...band(d.words["band-50"], q(0.25), q(0.75), 0.34, "narrow"),
    line(d.words.median, points(q(0.5)), "#1b4f8f"),
    ...(some(d.known) ? [line(d.words.known, points(d.known, back), "#44515f")] : []),
    ...(some(d.late) ? [line(d.words.late, points(d.late, back), "#b0722a", { type: "dotted" })] : []),
    ...(d.earlier ? [line(d.earlier.name, points(d.earlier.values), "#7b61b8", { type: "dashed", width: 1.2 })] : []),
    ...(some(d.came) ? [line(d.words.came, points(d.came), "#c0392b")] : []),
  ];
  series[0].markLine = {
    silent: true, symbol: "none", animation: false, data: [{ xAxis: (d.issued + d.offset) * 1000 }], lineStyle: { color: look.ink, type: "dashed", width: 1 },
    label: { formatter: d.words.issued, color: look.ink, position: "insideEndTop" },
  };
  return {
    useUTC: true,
    grid: { left: 12, right: 20, top: 56, bottom: 50, containLabel: true },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: look.ink }, data: series.map((s) => s.name).filter((s) => !s.startsWith("_")) },
    tooltip: {
      trigger: "axis",
      formatter: (ps) => {
        const i = Math.round((ps[0].value[0] / 1000 - d.start - d.offset) / d.step);
        const head = new Date(ps[0].value[0]).toISOString().slice(0, 16).replace("T", " ");
        if (i < 0) {
          const k = back + i;
          return [head, ...(d.known[k] != null ? [`${d.words.known}: ${say(d.known[k])} ${d.unit}`] : []), ...(d.late[k] != null ? [`${d.words.late}: ${say(d.late[k])} ${d.unit}`] : [])].join("\n");
        }
        if (i >= n) return head;
        return [head, ...(d.came[i] != null ? [`${d.words.came}: ${say(d.came[i])} ${d.unit}`] : []), `${d.words.median}: ${say(q(0.5)[i])} ${d.unit}`, ...(d.earlier?.values[i] != null ? [`${d.earlier.name}: ${say(d.earlier.values[i])} ${d.unit}`] : []), `25–75 %: ${say(q(0.25)[i])} – ${say(q(0.75)[i])}`, `10–90 %: ${say(q(0.1)[i])} – ${say(q(0.9)[i])}`, `5–95 %: ${say(q(0.05)[i])} – ${say(q(0.95)[i])}`].join("\n");
      },
    },
    xAxis: { type: "time", min: at(-back), max: at(n), axisLabel: { color: look.faint, hideOverlap: true, formatter: { day: "{MM}-{dd}", month: "{MM}-{dd}", year: "{yyyy}-{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } }, axisLine: { lineStyle: { color: look.line } } },
    yAxis: { type: "value", scale: least > 0.4 * most, name: d.unit, nameTextStyle: { color: look.faint, align: "left" }, axisLabel: { color: look.faint, formatter: say }, splitLine: { lineStyle: { color: look.line } } },
    dataZoom: [{ type: "inside", filterMode: "none" }, { type: "slider", height: 20, bottom: 6, filterMode: "none", labelFormatter: "", showDataShadow: false }],
    series,
  };
};
