// Stand-ins for Grafana's panel plugins, which are not on npm: thin wrappers around the components that those draw
// with. Only the state timeline is drawn by ourselves, on fields that Grafana's code has prepared.
import {
  PanelPlugin,
  PluginType,
  VizOrientation,
  cacheFieldDisplayNames,
  getDisplayValueAlignmentFactors,
  getFieldDisplayName,
  getFieldDisplayValues,
} from '@grafana/data';
import { BarGauge, BigValue, DataLinksContextMenu, TimeSeries, TooltipDisplayMode, TooltipPlugin2, VizRepeater, useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import React from 'react';
import { fieldOption, pluginMeta } from './runtime.js';

export const plugins = new Map();

const HIDE = { tooltip: false, viz: false, legend: false };
const AXIS = { axisPlacement: 'auto', axisLabel: '', axisWidth: undefined, axisColorMode: 'text', axisBorderShow: false, axisCenteredZero: false, axisGridShow: undefined, axisSoftMin: undefined, axisSoftMax: undefined };

panel('stat', Stat, {});
panel('bargauge', Bars, {});
panel('timeseries', Curves, {
  drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, lineStyle: undefined, fillOpacity: 0, fillBelowTo: undefined, gradientMode: 'none',
  showPoints: 'auto', pointSize: 5, pointSymbol: undefined, spanNulls: false, insertNulls: false, showValues: false, barAlignment: 0,
  barWidthFactor: 0.6, barMaxWidth: undefined, stacking: { mode: 'none', group: 'A' }, transform: undefined, scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' }, hideFrom: HIDE, ...AXIS,
});
panel('table', Rows, { align: 'auto', cellOptions: { type: 'auto' }, filterable: false, inspect: false, hidden: false, hideFrom: HIDE, minWidth: undefined, width: undefined, hideHeader: undefined, wrapHeaderText: undefined, wrapText: undefined, footer: undefined, tooltip: undefined });
panel('state-timeline', States, { fillOpacity: 70, lineWidth: 0, spanNulls: false, insertNulls: false, hideFrom: HIDE, ...AXIS });

function panel(id, component, custom) {
  const plugin = new PanelPlugin(component).useFieldConfig({
    useCustomConfig: (builder) => {
      for (const [name, value] of Object.entries(custom)) builder.addCustomEditor(fieldOption(name, undefined, value));
    },
  });
  plugin.meta = pluginMeta(id, PluginType.panel);
  plugins.set(id, plugin);
}

// What Grafana says instead of a panel that has nothing to show.
function Nothing({ fieldConfig }) {
  return <div className="harness-nothing">{fieldConfig.defaults.noValue ?? 'No data'}</div>;
}

const isEmpty = (data) => data.series.every((frame) => frame.length === 0);

// ── stat, bar gauge ──

function shown({ data, options, fieldConfig, replaceVariables, timeZone }, theme, sparkline) {
  return getFieldDisplayValues({ data: data.series, reduceOptions: options.reduceOptions, fieldConfig, replaceVariables, theme, timeZone, sparkline });
}

function Linked({ value, children }) {
  if (!value.hasLinks || !value.getLinks) return children({});
  return <DataLinksContextMenu links={value.getLinks} style={{ flexGrow: 1 }}>{children}</DataLinksContextMenu>;
}

function Stat(props) {
  const theme = useTheme2();
  const { width, height, options, renderCounter, data } = props;
  const draw = ({ value, width, height, count, alignmentFactors }) => (
    <Linked value={value}>
      {({ openMenu, targetClassName }) => (
        <BigValue
          value={value.display} count={count} sparkline={value.sparkline} width={width} height={height} theme={theme}
          colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={options.textMode}
          text={options.text} alignmentFactors={alignmentFactors} onClick={openMenu} className={targetClassName} disableWideLayout={!options.wideLayout}
        />
      )}
    </Linked>
  );
  return (
    <VizRepeater
      getValues={() => shown(props, theme, options.graphMode !== 'none')} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={draw}
      width={width} height={height} source={data} itemSpacing={3} renderCounter={renderCounter} autoGrid orientation={options.orientation}
    />
  );
}

function Bars(props) {
  const theme = useTheme2();
  const { width, height, options, renderCounter, data } = props;
  if (isEmpty(data)) return <Nothing {...props} />;
  const draw = ({ value, width, height, orientation, alignmentFactors, count }) => (
    <Linked value={value}>
      {({ openMenu, targetClassName }) => (
        <BarGauge
          value={value.display} width={width} height={height} orientation={orientation} field={value.field} text={options.text} display={value.view?.getFieldDisplayProcessor(value.colIndex)}
          theme={theme} itemSpacing={10} lcdCellWidth={8} displayMode={options.displayMode} onClick={openMenu} className={targetClassName}
          alignmentFactors={count > 1 ? alignmentFactors : undefined} showUnfilled={options.showUnfilled} valueDisplayMode={options.valueMode} namePlacement={options.namePlacement}
        />
      )}
    </Linked>
  );
  const upright = options.orientation === VizOrientation.Vertical;
  return (
    <VizRepeater
      getValues={() => shown(props, theme, false)} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={draw} width={width} height={height}
      source={data} renderCounter={renderCounter} itemSpacing={upright ? 8 : 10} minVizWidth={8} minVizHeight={16} maxVizHeight={300} orientation={options.orientation}
    />
  );
}

// ── time series ──

function Curves(props) {
  const { data, width, height, timeRange, timeZone, options } = props;
  const frames = data.series.filter((frame) => frame.length > 0);
  if (frames.length === 0) return <Nothing {...props} />;
  cacheFieldDisplayNames(frames);
  return (
    <TimeSeries frames={frames} structureRev={data.structureRev} timeRange={timeRange} timeZone={timeZone} width={width} height={height} legend={options.legend} options={options}>
      {(builder) => options.tooltip.mode === TooltipDisplayMode.None ? null : <TooltipPlugin2 config={builder} hoverMode={0} render={() => null} />}
    </TimeSeries>
  );
}

// ── table ──

function Rows(props) {
  const { data, width, height, options, timeRange, fieldConfig } = props;
  if (isEmpty(data)) return <Nothing {...props} />;
  cacheFieldDisplayNames(data.series);
  return (
    <TableNG
      data={data.series[options.frameIndex ?? 0]} width={width} height={height} noHeader={!options.showHeader} cellHeight={options.cellHeight}
      sortBy={options.sortBy} timeRange={timeRange} fieldConfig={fieldConfig} structureRev={data.structureRev} noValue={fieldConfig.defaults.noValue} resizable enableVirtualization
    />
  );
}

// ── state timeline: a drawing of ours ──

function States(props) {
  const { data, width, timeRange, options } = props;
  if (isEmpty(data)) return <Nothing {...props} />;
  cacheFieldDisplayNames(data.series);
  const [begin, end] = [timeRange.from.valueOf(), timeRange.to.valueOf()];
  const place = (at) => ((Math.min(Math.max(at, begin), end) - begin) / (end - begin)) * 100;
  const rows = data.series.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === 'time');
    if (!times) throw new Error('a state timeline needs a field of times');
    return frame.fields.filter((field) => field.type !== 'time').map((field) => ({ frame, field, times }));
  });
  const label = Math.min(320, width / 3);
  return (
    <div className="harness-states">
      {rows.map(({ frame, field, times }, index) => (
        <div className="harness-state-row" key={index}>
          <span style={{ width: label }}>{getFieldDisplayName(field, frame, data.series)}</span>
          <div>
            {spans(field, times, options.mergeValues !== false, end).map(({ from, to, row }) => {
              const { text, color } = field.display(field.values[row]);
              const [href] = (field.config.links?.length && field.getLinks?.({ valueRowIndex: row }).map((one) => one.href)) || [];
              const box = { left: `${place(from)}%`, width: `${place(to) - place(from)}%`, background: color };
              return href ? <a key={from} href={href} style={box}>{text}</a> : <i key={from} style={box}>{text}</i>;
            })}
          </div>
        </div>
      ))}
    </div>
  );
}

// A value holds until the next one; null ends it, unless the panel spans nulls.
function spans(field, times, merge, end) {
  const found = [];
  const isGap = (value) => value === undefined || (value === null && field.config.custom?.spanNulls === true);
  let open = null;
  field.values.forEach((value, row) => {
    if (isGap(value)) return;
    if (merge && open && open.value === value) return;
    if (open) open.to = times.values[row];
    open = value === null ? null : { value, from: times.values[row], to: end, row };
    if (open) found.push(open);
  });
  return found;
}
