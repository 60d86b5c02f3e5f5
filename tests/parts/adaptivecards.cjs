// Says what the adaptivecards library finds wrong with the cards on standard input, as schema 1.4 has them.
// Given: [path of the library]; a JSON list of cards. Answers: a JSON list with a list of faults for each.
"use strict";
const { readFileSync } = require("node:fs");
const library = require.resolve(process.argv[2]);

function faults(json) {
  // Anew for each card: one of its patterns remembers where it stood, and finds every second "lang" wrong.
  delete require.cache[library];
  const cards = require(library);
  const found = [];
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  const card = new cards.AdaptiveCard();
  card.parse(json, context);
  for (let i = 0; i < context.eventCount; i++) found.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) found.push(event.message);
  const known = JSON.stringify(card.toJSON());
  for (const text of texts(json.body)) if (!known.includes(JSON.stringify(text))) found.push(`not understood: ${text}`);
  return found;
}

// What stands in a property that the library does not know is left out by it, without a word.
function* texts(value) {
  if (typeof value === "string") yield value;
  else if (value && typeof value === "object") for (const one of Object.values(value)) yield* texts(one);
}

const given = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(given.map(faults)));
