"""What solves a built program: its relaxation and, where it is decomposed, its integer program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from siting.mip.live_cuts import LiveCuts
from siting.mip.model import Model
from siting.mip.pulp_cuts import PulpCuts
from siting.mip.relaxation import Relaxation
from siting.mip.solve import SolverOptions

__all__ = ["Engine", "engine_of"]


@dataclass(frozen=True)
class Engine:
    """What is kept of one program between its solves.

    Parameters
    ----------
    relaxation : Relaxation
        The continuous relaxation; with cuts where the program is decomposed.
    program : LiveCuts, PulpCuts or None
        The integer program of a decomposed model; in HiGHS, or for another solver.
    """

    relaxation: Relaxation
    program: LiveCuts | PulpCuts | None = None

    def state(self) -> Any:
        """The present moment of the relaxation, for `restart`."""
        return self.relaxation.state()

    def restart(self, state: Any = None) -> None:
        """Forget every solve since a moment, and all of them without one."""
        if isinstance(self.program, LiveCuts):
            self.program.forget()
        self.relaxation.restart(state)


def engine_of(model: Model, options: SolverOptions) -> Engine:
    """What solves a model with a solver.

    Parameters
    ----------
    model : Model
        The built program.
    options : SolverOptions
        Which solver, seed, threads and gap.
    """
    if not model.decomposed:
        return Engine(Relaxation(model, options))
    make = LiveCuts if options.name == "HiGHS" else PulpCuts
    program: LiveCuts | PulpCuts = make(model, options)
    return Engine(program.relaxation, program)
