"""Sectors of the OECD Development Assistance Committee: the names of its three-digit categories.

Facts from the DAC list of purpose codes (OECD, Creditor Reporting System).
"""

from __future__ import annotations

CATEGORIES = {
    "110": "Education",
    "111": "Education, level unspecified",
    "112": "Basic education",
    "113": "Secondary education",
    "114": "Post-secondary education",
    "120": "Health",
    "121": "Health, general",
    "122": "Basic health",
    "123": "Non-communicable diseases",
    "130": "Population and reproductive health",
    "140": "Water supply and sanitation",
    "150": "Government and civil society",
    "151": "Government and civil society, general",
    "152": "Conflict, peace and security",
    "160": "Other social infrastructure",
    "210": "Transport and storage",
    "220": "Communications",
    "230": "Energy",
    "231": "Energy policy",
    "232": "Energy, renewable sources",
    "233": "Energy, non-renewable sources",
    "234": "Hybrid energy plants",
    "235": "Nuclear energy plants",
    "236": "Energy distribution",
    "240": "Banking and financial services",
    "250": "Business and other services",
    "310": "Agriculture, forestry and fishing",
    "311": "Agriculture",
    "312": "Forestry",
    "313": "Fishing",
    "320": "Industry, mining and construction",
    "321": "Industry",
    "322": "Mineral resources and mining",
    "323": "Construction",
    "331": "Trade policies and regulations",
    "332": "Tourism",
    "410": "Environment protection",
    "420": "Women in development",
    "430": "Other multisector",
    "510": "General budget support",
    "520": "Food assistance",
    "530": "Other commodity assistance",
    "600": "Debt relief",
    "700": "Humanitarian aid",
    "720": "Emergency response",
    "730": "Reconstruction and rehabilitation",
    "740": "Disaster prevention and preparedness",
    "910": "Administrative costs of donors",
    "920": "Support to non-governmental organisations",
    "930": "Refugees in donor countries",
    "998": "Unallocated or unspecified",
}


def name_sector(code: str) -> str:
    """Return a DAC code with the name of its category, or the code alone when it is none.

    >>> name_sector("311"), name_sector("31120"), name_sector("roads")
    ('311 Agriculture', '31120 Agriculture', 'roads')
    """
    category = CATEGORIES.get(code[:3]) if code.isdigit() else None
    return f"{code} {category}" if category else code
