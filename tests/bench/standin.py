"""A rejectwatch that needs no reading: it tells what stands in the truth beside the log.

    standin.py FAULT scan --format jsonl LOG | import LOG | events …

FAULT is what it does wrong: nothing, "forgets" a refusal, or "mistakes" a user.
"""

import json
import os
import sys
from pathlib import Path

fault, command, *rest = sys.argv[1:]
remembered = Path(os.environ["REJECTWATCH_CONFIG"]).with_name("remembered")
log = remembered.read_text() if command == "events" else rest[-1]
records = [json.loads(line) for line in Path(f"{log}.truth.jsonl").read_text().splitlines()]
records = [record for record in records if record["code"] == 553]
match fault:
    case "forgets":
        del records[0]
    case "mistakes":
        records[0]["user"] = "somebody else"
    case "crashes":
        sys.exit(3)
match command:
    case "scan":
        print("\n".join(json.dumps(record) for record in records))
    case "import":
        remembered.write_text(log)
    case "events":
        print(json.dumps(records))
