// What the driver (draw.mjs) asks the page when it is done.
export const harness = { errors: [], ready: false, panels: [], variables: {} };
window.__harness = harness;

export function problem(text) {
  if (!harness.errors.includes(text)) harness.errors.push(text);
}

window.addEventListener('error', (event) => problem(`error: ${event.message}`));
window.addEventListener('unhandledrejection', (event) => problem(`rejected: ${event.reason?.message ?? event.reason}`));
