from .data_root import RULES as RULES
from .data_root import Rule as Rule
from .data_root import check as check
from .data_root import check_read as check_read
