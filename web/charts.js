// The part of ECharts that the portal draws with; everything else stays out of the bundle.
import * as echarts from "echarts/core";
import { BarChart, CustomChart, GaugeChart, HeatmapChart, LineChart, MapChart, LinesChart, PieChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, AxisPointerComponent, CalendarComponent, DataZoomComponent, GeoComponent, GraphicComponent, GridComponent, LegendComponent,
  MarkAreaComponent, MarkLineComponent, MarkPointComponent, TitleComponent, ToolboxComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart, CustomChart, GaugeChart, HeatmapChart, LineChart, MapChart, LinesChart, PieChart, SankeyChart, ScatterChart,
  AriaComponent, AxisPointerComponent, CalendarComponent, DataZoomComponent, GeoComponent, GraphicComponent, GridComponent, LegendComponent,
  MarkAreaComponent, MarkLineComponent, MarkPointComponent, TitleComponent, ToolboxComponent, TooltipComponent, VisualMapComponent,
  LabelLayout, CanvasRenderer,
]);

export * from "echarts/core";
export default echarts;
