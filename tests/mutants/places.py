"""Where a file can be changed a little, and how: each place of its syntax tree, as an exchange of bytes.

What is left alone says nothing to a user or cannot be judged: annotations, imports, docstrings, log lines, ``__all__``,
decorators, and the insides of f-strings, whose positions Python 3.11 does not tell.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

__all__ = ["PACKAGES", "Mutation", "functions_of", "mutations_of", "parses"]

PACKAGES = ("avatar", "speech", "motion", "orchestrator")
_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: (">=", "<="), ast.LtE: (">", "<"), ast.Gt: ("<=", ">="), ast.GtE: ("<", ">"), ast.Eq: ("!=",),
    ast.NotEq: ("==",), ast.In: ("not in",), ast.NotIn: ("in",), ast.Is: ("is not",), ast.IsNot: ("is",),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*", ast.Pow: "*",
    ast.LShift: ">>", ast.RShift: "<<",
}  # fmt: skip
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LOGS = re.compile(r"_LOG\.|logging\.|warnings\.")


@dataclass(frozen=True)
class Mutation:
    """Bytes ``start`` to ``stop`` of ``path`` replaced by ``new``. ``function``: qualified name, "" at module level.
    ``before`` and ``after``: the line without its indentation."""

    path: str
    line: int
    last_line: int
    function: str
    kind: str
    before: str
    after: str
    start: int
    stop: int
    new: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is called in the ledger; lines may move."""
        return (self.path, self.function, self.before, self.after)

    def applied(self, source: bytes) -> bytes:
        """``source`` with the change."""
        return source[: self.start] + self.new.encode() + source[self.stop :]


def functions_of(source: bytes) -> dict[int, str]:
    """Line -> qualified name of the innermost function around it."""
    found: dict[int, str] = {}

    def visit(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = f"{name}.{child.name}".lstrip(".")
                if not isinstance(child, ast.ClassDef):
                    found.update(dict.fromkeys(range(child.lineno, (child.end_lineno or child.lineno) + 1), inner))
            visit(child, inner)

    visit(ast.parse(source), "")
    return found


def mutations_of(path: str, source: bytes) -> list[Mutation]:
    """Every change of the file, in the order of its lines; a few of them may not parse (see ``parses``)."""
    return sorted(_Finder(path, source).found, key=lambda one: (one.line, one.start, one.new))


def parses(source: bytes) -> bool:
    """Whether Python reads ``source``."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


class _Finder(ast.NodeVisitor):
    """Collects the changes of one file."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source, self.found = path, source, list[Mutation]()
        self._functions = functions_of(source)
        self._offsets = [0]
        for line in source.splitlines(keepends=True):
            self._offsets.append(self._offsets[-1] + len(line))
        self.visit(ast.parse(source))

    # -- where things stand --

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self._offsets[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self._offsets[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def _text(self, node: ast.AST) -> str:
        start, stop = self._span(node)
        return self.source[start:stop].decode()

    def _add(self, kind: str, start: int, stop: int, new: str) -> None:
        line = self.source.count(b"\n", 0, start) + 1
        last = self.source.count(b"\n", 0, stop) + 1
        head, tail = self.source[self._offsets[line - 1] : start], self.source[stop : self._offsets[last]]
        before = self.source[self._offsets[line - 1] : self._offsets[last]].decode()
        after = (head + new.encode() + tail).decode()
        function = self._functions.get(line, "")
        shown = (" ".join(text.split()) for text in (before, after))
        self.found.append(Mutation(self.path, line, last, function, kind, *shown, start, stop, new))

    def _replace(self, kind: str, node: ast.AST, new: str) -> None:
        if self._text(node) != new:
            self._add(kind, *self._span(node), new)

    def _between(self, kind: str, left: ast.AST, right: ast.AST, pattern: str, new: str) -> None:
        """Replace the sign between two operands."""
        start, stop = self._span(left)[1], self._span(right)[0]
        match = re.search(pattern, self.source[start:stop].decode())
        if match:
            self._add(kind, start + match.start(), start + match.end(), new)

    # -- what is left alone --

    def visit_Import(self, node: ast.Import) -> None: ...

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None: ...

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None: ...

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None), *node.body):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in node.body:
            self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        if self._text(node.test) == "TYPE_CHECKING":
            return
        if not isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
            self._replace("condition", node.test, f"not ({self._text(node.test)})")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if "__all__" in names or "_LOG" in names or any(name.startswith("T") and len(name) == 1 for name in names):
            return
        self._valued(node, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._valued(node, node.value)

    def _valued(self, node: ast.stmt, value: ast.expr) -> None:
        if self._functions.get(node.lineno) and not isinstance(value, ast.Constant):
            self._replace("value", value, "None")
        self.visit(value)

    # -- what is changed --

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) or _LOGS.match(self._text(node)):
            return
        if isinstance(node.value, (ast.Call, ast.Await)):
            self._replace("statement", node, "pass")
        inner = node.value.value if isinstance(node.value, ast.Await) else node.value
        self.generic_visit(inner)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace("statement", node, "pass")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self._replace("value", node.value, "None")
            self.visit(node.value)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace("statement", node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace("statement", node, "continue")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        new = _ARITHMETIC.get(type(node.op))
        if new:
            self._between("operator", node.target, node.value, r"[^\s=]+=", f"{new}=")
        self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, sign, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            for new in _COMPARISONS[type(sign)]:
                self._between("comparison", left, right, r"not\s+in|is\s+not|is|in|[<>=!]+", new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            new = "or" if isinstance(node.op, ast.And) else "and"
            self._between("logic", left, right, r"\b(and|or)\b", new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace("logic", node, f"bool({self._text(node.operand)})")
        elif isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            self._replace("operator", node, f"(+{self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        new = _ARITHMETIC.get(type(node.op))
        if new and not any(isinstance(side, (ast.JoinedStr, ast.List)) for side in (node.left, node.right)):
            self._between("operator", node.left, node.right, r"\*\*|//|<<|>>|[-+*/%]", new)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace("constant", node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace("number", node, "0" if node.value == 1 else str(node.value + 1))
        elif isinstance(node.value, float):
            self._replace("number", node, repr(2.0 * node.value) if node.value else "1.0")

    def visit_Call(self, node: ast.Call) -> None:
        name = self._text(node.func)
        if _LOGS.match(name):
            return
        if name in _TWINS:
            self._replace("call", node.func, _TWINS[name])
        elif isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            self._replace("call", node, self._text(node.func.value))
        elif node.args and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)) and name[:1].islower():
            self._replace("call", node, self._text(node.args[0]))
        self.generic_visit(node)
