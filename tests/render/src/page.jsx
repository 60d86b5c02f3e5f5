// The page: one dashboard, its file and its data sources named by the server (bridge.py), its variables by the address.
import { getFieldDisplayName, LoadingState, ThemeContext } from '@grafana/data';
import { LocationServiceProvider, config, locationService } from '@grafana/runtime';
import { SceneDataTransformer, UrlSyncContextProvider, VizPanel, sceneGraph } from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'react-router-dom';
import './page.css';
import { harness, problem } from './harness.js';
import { plugins } from './panels.jsx';
import { startRuntime } from './runtime.js';
import { sceneOf } from './scene.js';
import { sourceOf } from './sources.js';

async function main() {
  const uid = decodeURIComponent(location.pathname.split('/')[2]);
  const [board, sources] = await Promise.all([read(`/board/${uid}`), read('/sources')]);
  startRuntime({ sources: sources.map(sourceOf), plugins, theme: 'light' });
  const scene = sceneOf(board);
  createRoot(document.getElementById('root'), { onUncaughtError: told, onCaughtError: told }).render(<Page board={board} scene={scene} />);
  await settled(scene);
  report(scene);
  harness.ready = true;
}

const told = (error) => problem(`React: ${error.message}`);
const read = async (path) => (await fetch(path)).json();

function Page({ board, scene }) {
  const [place, setPlace] = React.useState(locationService.getLocation());
  React.useEffect(() => locationService.getHistory().listen(setPlace), []);
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <Router location={place} navigator={locationService.getHistory()}>
          <header>{board.title}</header>
          <UrlSyncContextProvider scene={scene}>
            <scene.Component model={scene} />
          </UrlSyncContextProvider>
        </Router>
      </LocationServiceProvider>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

// ── when is it done? ──

const panelsOf = (scene) => sceneGraph.findAllObjects(scene, (one) => one instanceof VizPanel && one.isActive);
const dataOf = (panel) => (panel.state.$data instanceof SceneDataTransformer ? panel.state.$data.state.data : undefined);
const isDone = (panel) => [LoadingState.Done, LoadingState.Error].includes(dataOf(panel)?.state) && panel.getPlugin();

async function settled(scene) {
  const variables = () => scene.state.$variables.state.variables;
  const quiet = () => {
    const panels = panelsOf(scene);
    return panels.length > 0 && panels.every(isDone) && variables().every((one) => !one.state.loading && !scene.state.$variables.isVariableLoadingOrWaitingToUpdate(one));
  };
  let calm = 0;
  const deadline = performance.now() + 25_000;
  while (calm < 4) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    calm = quiet() ? calm + 1 : 0;
    if (performance.now() > deadline) {
      problem(`not done after 25 s: ${panelsOf(scene).filter((one) => !isDone(one)).map((one) => one.state.title)}`);
      return;
    }
  }
  await document.fonts.ready;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

// ── what can be seen ──

function report(scene) {
  for (const one of scene.state.$variables.state.variables) {
    if (one.state.error) problem(`variable ${one.state.name}: ${one.state.error.message ?? one.state.error}`);
    harness.variables[one.state.name] = { value: one.state.value, options: (one.state.options ?? []).map((option) => option.value) };
  }
  for (const panel of panelsOf(scene)) {
    const title = sceneGraph.interpolate(panel, panel.state.title, undefined, 'text');
    const data = dataOf(panel);
    if (panel.state._pluginLoadError) problem(`panel "${title}": ${panel.state._pluginLoadError}`);
    for (const error of data.errors ?? []) problem(`panel "${title}": ${error.message}`);
    if (panel.state.pluginId === 'table' && data.series.length > 1) problem(`panel "${title}": ${data.series.length} frames, of which a table shows one`);
    const element = document.querySelector(`[data-viz-panel-key="${panel.state.key}"]`);
    const processed = panel.applyFieldConfig(data).series;
    harness.panels.push({
      title,
      type: panel.state.pluginId,
      rows: data.series.reduce((sum, frame) => sum + frame.length, 0),
      text: element?.innerText ?? '',
      fields: processed.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, processed))),
      links: processed.flatMap(linksOf),
    });
  }
}

function linksOf(frame) {
  const found = new Set();
  for (const field of frame.fields) {
    if (!field.config.links?.length || !field.getLinks) continue;
    for (let row = 0; row < Math.min(frame.length, 200); row++) for (const link of field.getLinks({ valueRowIndex: row })) found.add(link.href);
  }
  return [...found];
}

main().catch((error) => {
  problem(`the page: ${error.stack ?? error}`);
  harness.ready = true;
});
