"""A kind of import contract: these modules import only themselves and what is listed.

import-linter's own `forbidden` needs a list of everything that is not wanted, and a standard library
module that nobody thought of slips through. Here the list says what is allowed.
"""

from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """`modules` (with all that is in them) import only each other and `may_import`, also inside functions."""

    type_name = "only"

    modules = fields.SetField(subfield=fields.ModuleField())
    may_import = fields.SetField(subfield=fields.ModuleField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 — their signature
        faults = sorted(self._faults(graph))
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, line in check.metadata["faults"]:
            output.print_error(f"- {importer} imports {imported} (l.{line})", bold=False)
        output.new_line()

    def _faults(self, graph: ImportGraph) -> Iterator[tuple[str, str, Any]]:
        inside = self._inside(graph)
        allowed = inside | {module.name for module in self.may_import}  # type: ignore[attr-defined]
        for importer in inside:
            for imported in graph.find_modules_directly_imported_by(importer) - allowed:
                for place in graph.get_import_details(importer=importer, imported=imported):
                    yield importer, imported, place["line_number"]

    def _inside(self, graph: ImportGraph) -> set[str]:
        roots = {module.name for module in self.modules}  # type: ignore[attr-defined]
        missing = roots - graph.modules
        if missing:
            raise ValueError(f"Missing modules: {', '.join(sorted(missing))}.")
        return roots.union(*(graph.find_descendants(root) for root in roots))
