from .data_root import check as check
from .data_root import check_read as check_read
