from .evidence import TRIAL_TABLES as TRIAL_TABLES
from .evidence import Evidence as Evidence
from .evidence import load_evidence as load_evidence
