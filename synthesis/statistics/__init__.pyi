from .censored import CensoredFit as CensoredFit
from .censored import censored as censored
from .counts import EventsPool as EventsPool
from .counts import mantel_haenszel as mantel_haenszel
from .counts import peto as peto
from .multilevel import che as che
