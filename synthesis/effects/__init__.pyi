from .effects import FRAME_COLUMNS as FRAME_COLUMNS
from .effects import Effects as Effects
from .effects import compute_effects as compute_effects
from .effects import effects_listing as effects_listing
from .effects import require_effects as require_effects
from .given import effects_from as effects_from
