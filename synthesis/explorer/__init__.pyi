from .data import explorer_data as explorer_data
from .notebook import explore as explore
from .page import explorer_html as explorer_html
from .page import explorer_page as explorer_page
from .page import write_explorer as write_explorer
from .subsets import SUBSETS as SUBSETS
from .subsets import subset_effects as subset_effects
