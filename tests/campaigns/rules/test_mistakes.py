"""Every mistake in a rule set is told with its line and key, in words an office clerk follows."""

import pytest

from campaigns.rules import loader
from campaigns.rules.checks import problems
from tests.campaigns.rules.sample import WIDE, changed, wide

# what stands in the file → what a clerk wrote instead, the key it is told at, and the words
MISTAKES = [
    # keys and types
    ("document = ", "documant = ", "basis › documant", "不认识的键“documant”，是不是想写“document”？"),
    ('code = "hundred"', 'code = "hundred"\nzzz = 1', "programme › zzz", "不认识的键“zzz”；这里可以写：clause、code"),
    (
        'op = "at_least"\nvalue = "高级工"',
        'op = "at_lest"\nvalue = "高级工"',
        "› op",
        "只能是：is（是否如此）、at_least（不少于）",
    ),
    ('rule = "top"', 'rule = "about"', "quota › rule", "只能是：at_most（不超过）、exactly（等于）、top（取前列）"),
    ("places = 20", 'places = "二十"', "quota › places", "要写整数"),
    ("places = 20", "places = 0", "quota › places", "不能小于 1"),
    ("weight = 60", "weight = 160", "› weight", "不能大于 100"),
    ('title = "云泽工匠"', "title = 3", "title", "要写文字"),
    ('title = "云泽工匠"', 'title = ""', "title", "不能为空"),
    ("draw = true", "draw = 1", "› draw", "要写 true 或 false"),
    ("issued = 2025-03-03", 'issued = "三月"', "basis › issued", "要写日期，如 2019-01-15"),
    ("issued = 2025-03-03", "issued = true", "basis › issued", "要写日期，如 2019-01-15"),
    ("issued = 2025-03-03", "issued = 2025-03-03T08:00:00", "basis › issued", "要写日期，如 2019-01-15"),
    ('hosts = ["云泽市总工会", "云泽市人社局"]', 'hosts = "云泽市总工会"', "basis › hosts", "要写列表"),
    ('hosts = ["云泽市总工会", "云泽市人社局"]', "hosts = []", "basis › hosts", "至少要写一项"),
    ('length = { days = 5, unit = "working" }, evidence', "length = 5, evidence", "› length", "要写成表"),
    ('id = "women"', 'id = "Women"', "› id", "编号只能用小写英文字母"),
    ('region = "云泽市"\n', "", "region", "缺少必填项“region”"),
    ('kind = "site_visit"', 'kind = "visit"', "第3项（visit）", "不认识的种类“visit”，只能是：nomination（推荐）、"),
    ('kind = "site_visit"\n', "", "第3项（visit）", "缺少 kind 或 type"),
    ('how = "judged"\njudged_by', "judged_by", "criteria › 第6项（spirit）", "缺少 how（computed、declared、judged）"),
    ('how = "declared"\n  text', "text", "conditions › 第2项（invented）", "条件组则缺少 needs"),
    ('how = "judged"\njudged_by', 'how = "judgd"\njudged_by', "criteria › 第6项（spirit）", "不认识的种类“judgd”"),
    ('judged_by = "panel"', 'judgd_by = "panel"', "› judgd_by", "是不是想写“judged_by”？"),
    ("count = 2\n", "coumt = 2\n", "groups › 第1项（merits） › coumt", "是不是想写“count”？"),
    ("personal = true, fact", "persnal = true, fact", "› persnal", "是不是想写“personal”？"),
    (
        'fact = "apprentices"\n    op',
        'fct = "apprentices"\n    op',
        "conditions › 第1项（apprentices） › fct",
        "是不是想写“fact”？",
    ),
    ("draw = true", 'draw = false, besides = ["机关干部"]', "panel › besides", "besides 只在 draw = true 时使用"),
    (
        "draw = true, size = 11",
        "draw = true, size = 11, shares = [{ at_least = 1 }]",
        "shares › 第1项",
        "须写且只写一个",
    ),
    (
        "draw = true, size = 11",
        'draw = true, size = 11, shares = [{ kind = "劳模" }]',
        "shares › 第1项",
        "须写 at_least（至少几人）或 at_most",
    ),
    (
        "draw = true, size = 11",
        'draw = true, size = 11, shares = [{ kind = "劳模", at_least = 3, at_most = 2 }]',
        "shares › 第1项",
        "下限 3 大于上限 2",
    ),
    (
        "draw = true, size = 11",
        'draw = true, size = 11, shares = [{ field = "焊接", at_least = 12 }]',
        "› at_least",
        "“焊接”至少 12 人，超过评审组的 11 人",
    ),
    (
        "draw = true, size = 11",
        'draw = true, size = 11, shares = [{ field = "焊接", at_least = 1 }, { field = "焊接", at_most = 2 }]',
        "shares › 第2项",
        "写了两次",
    ),
    (
        "draw = true, size = 11",
        'draw = true, size = 11, shares = [{ kind = "甲", at_least = 6 }, { kind = "乙", at_least = 6 }]',
        "› shares",
        "合计 12 人，超过评审组的 11 人",
    ),
    ("draw = true, size = 11", "draw = true, size = 11, per_employer = 11", "› per_employer", "没有作用"),
    ("draw = true, size = 11", "size = 11, per_employer = 1", "› per_employer", "per_employer 只在 draw = true 时使用"),
    ('method = "ballot"', 'method = "ballot"\nscores_per_case = 3', "› scores_per_case", "投票由全体评委进行"),
    ('trimming = "trim_one"', 'trimming = "none"\nscores_per_case = 6', "› scores_per_case", "超过评审组的 5 人"),
    ('trimming = "trim_one"', 'trimming = "trim_one"\nscores_per_case = 2', "› scores_per_case", "至少由 3 位专家评"),
    ('trimming = "trim_one"', 'trimming = "trim_one"\nmatch_fields = true', "› match_fields", "只与 scores_per_case"),
    # where it comes from
    (
        'text = "必须是工会会员"\nclause = "三1"',
        'text = "必须是工会会员"',
        "criteria › 第1项（member）",
        "缺少条款 clause",
    ),
    (
        'text = "爱岗敬业"',
        'text = "爱岗敬业"\nsetting = true',
        "第6项（spirit）",
        "clause 与 setting = true 不能同时写",
    ),
    (
        'text = "爱岗敬业"',
        'text = "爱岗敬业"\nsettings = ["colour"]',
        "第6项（spirit）",
        "settings 中的“colour”不是本表的键",
    ),
    ('{ label = "序号", field = "number" }', '{ field = "number" }', "› label", "缺少必填项"),
    ("{ blank = true }", "{ }", "rows › 第6项 › 第4项", "一个单元格只能写"),
    ("{ blank = true }", '{ blank = true, label = "无" }', "rows › 第6项 › 第4项", "一个单元格只能写"),
    # ids
    ('id = "level"\nlabel', 'id = "member"\nlabel', "› id", "条件、豁免的编号“member”重复"),
    ('{ id = "manager", type', '{ id = "member", type', "› id", "栏目的编号“member”重复"),
    ('id = "visit"', 'id = "vote"', "› id", "环节的编号“vote”重复"),
    ('id = "chief"', 'id = "made"', "› id", "类别、等次的编号“made”重复"),
    # who qualifies
    ('strength = "must"\ntext = "必须是工会会员"', 'text = "必须是工会会员"', "第1项（member）", "缺少 strength"),
    ('only_for = ["made", "chief"]', 'only_for = ["sold"]', "› only_for", "没有编号为“sold”的类别或等次"),
    ('  text = "有重大发明创造"', '  text = "有重大发明创造"\n  only_for = ["made"]', "› only_for", "只能写在最外层"),
    ('evidence = ["proof"]\n    text', 'evidence = ["prof"]\n    text', "› evidence", "没有编号为“prof”的材料"),
    ('proves = ["invented", "name"]', 'proves = ["name"]', "第2项（invented）", "没有任何材料可以证明"),
    (
        'proves = ["invented", "name"]',
        'proves = ["invented", "x"]',
        "› proves",
        "没有编号为“x”的条件、豁免或栏目",
    ),
    ('group = "merits"', 'group = "barred"', "第2项（invented）", "无处可选"),
    ('group = "merits"', 'group = "barred"', "› group", "“barred”不是含有申报条件的条件组"),
    ('condition = "champion"', 'condition = "champoin"', "› condition", "豁免所依据的条件“champoin”不存在"),
    ('condition = "champion"', 'condition = "trade_years"', "› condition", "本身又可豁免"),
    (
        'text = "有突出贡献的可不受年限限制", evidence = ["proof"]',
        'text = "可不受年限限制"',
        "waived_by › 第2项（by_gift）",
        "豁免“可不受年限限制”没有任何材料可以证明",
    ),
    (
        'text = "有突出贡献的可不受年限限制", evidence = ["proof"]',
        'text = "可不受年限限制", evidence = ["nothing"]',
        "› evidence",
        "没有编号为“nothing”的材料",
    ),
    ("count = 2", "count = 4", "groups › 第1项（merits）", "须写 count（1 至 3）"),
    ("count = 2\n", "", "groups › 第1项（merits）", "须写 count（1 至 3）"),
    ('needs = "at_least"', 'needs = "any"', "› count", "count 只在"),
    (
        'fact = "union_member"\nop',
        'fact = "union_membr"\nop',
        "› fact",
        "没有名为“union_membr”的事实，是不是想写“union_member”？",
    ),
    ('fact = "union_member"\nop', 'fact = "nationality_chinese"\nop', "第1项（member）", "没有任何栏目填写"),
    ('op = "is"\nvalue = true', 'op = "at_least"\nvalue = 3', "› op", "不能用 at_least 比较，可用：is"),
    ('op = "is"\nvalue = true', 'op = "is"\nvalue = "是"', "› value", "要写 true 或 false"),
    ('op = "is"\nvalue = true', 'op = "is"', "第1项（member）", "is 要写 value，不写 values、on、ranks"),
    ('op = "is"\nvalue = true', 'op = "is"\nvalue = true\nvalues = ["是"]', "第1项（member）", "is 要写 value，不写"),
    ('value = "高级工"', 'value = "大师"', "› value", "只能是：无等级、初级工、中级工"),
    ("value = 10\n", "value = true\n", "› value", "要写整数（年）"),
    ('op = "not_after"\non = 2024-12-31', 'op = "years_ago_at_least"\nvalue = "三"', "› value", "要写整年数"),
    ('{ level = "国家级", best = 3 }', '{ level = "全国", best = 3 }', "ranks › 第1项 › level", "级别只能是：县级"),
    ('value = "高级工"', 'value = "高级工"\nwithin = { years = 3 }', "› within", "没有取得时间"),
    ('value = "高级工"', 'value = "高级工"\ncount = 3', "› count", "count 只用于大赛成绩和荣誉"),
    ('where = { fact = "manager"', 'where = { fact = "in_service"', "› where", "要用的“是在职职工”没有任何栏目填写"),
    ('fact = "manager" }', 'fact = "manger" }', "fields › 第5项（manager） › fact", "是不是想写“manager”？"),
    # numbers and days
    (
        'ratio = { candidates = 6, places = 5, clause = "二" }',
        'ratio = { candidates = 4, places = 5, clause = "二" }',
        "quota › ratio",
        "不能少于",
    ),
    ("ratio = { candidates = 6, places = 5, str", "ratio = { candidates = 4, places = 5, str", "› ratio", "不能少于"),
    ("places = 100", "places = 10", "programme › places", "总计划 10 名少于本次 20 名"),
    ("at_least = 5\nclause", "at_least = 25\nclause", "categories", "最低名额合计 25，超过总名额 20"),
    ("places = 15", "places = 25", "tiers", "各等次名额合计 30，超过总名额 20"),
    ("order = 2", "order = 1", "tiers", "2 个等次的 order 都是 1"),
    ("at_least_percent = 20\n", "", "composition › 第1项（women）", "没有写下限或上限"),
    ('among = "approval"', 'among = "aproval"', "› among", "没有编号为“aproval”的环节"),
    ('op = "one_of", values = ["女"]', 'op = "one_of", value = "女"', "› where", "one_of 要写 values"),
    ("from = 2025-03-10, to = 2025-04-30", "from = 2025-05-10, to = 2025-04-30", "› from", "开始日期晚于截止日期"),
    ("from = 2025-03-10, to = 2025-04-30", "from = 2025-03-10", "dates › applications", "缺少申报截止日期"),
    ("from = 2025-03-10, to = 2025-04-30", "from = 2025-03-10", "› reference", "没有写明计算日期 applications.to"),
    ("[dates]\n", '[dates]\nreference = "own"\n', "› reference", "没有写明计算日期 own"),
    ("to = 2025-05-20", "to = 2026-05-20", "› window › to", "晚于规定的完成日期 2025-12-31"),
    # how to come in
    (
        'files_through = ["county", "direct"]',
        'files_through = ["town"]',
        "› files_through",
        "没有编号为“town”的单位类别",
    ),
    ('evidence = ["proof"], clause = "五2"', 'evidence = ["x"], clause = "五2"', "consent › evidence", "的材料"),
    (
        'evidence = ["proof"], clause = "五1" }\n\n[[channels]]',
        'evidence = ["x"], clause = "五1" }\n\n[[channels]]',
        "first › evidence",
        "的材料",
    ),
    ('kinds = ["county"]', 'kinds = ["town"]', "units › kinds", "没有编号为“town”的单位类别"),
    ('named = ["东湖区总工会"]', 'named = ["南山区总工会"]', "units › named", "没有列在任何单位类别中"),
    ('named = ["东湖区总工会"]', "", "› units", "没有写明适用的单位"),
    ("at_most = 2\n", "", "第2项（named_quota）", "下限和上限至少写一个"),
    ("at_least = 1\nat_most = 5", "at_least = 6\nat_most = 5", "第1项（county_quota）", "下限 6 大于上限 5"),
    ('paper = "form"', 'paper = "table"', "› paper", "没有编号为“table”的纸质表"),
    # what is asked, and how it prints
    ('label = "手机", personal = true', 'label = "手机"', "第16项（phone）", "必须写 personal = true"),
    ('fact = "manager"', 'fact = "manger"', "› fact", "是不是想写“manager”？"),
    ('fact = "manager" }', 'fact = "union_member" }', "› fact", "已由栏目“工会会员”填写"),
    ('type = "yes_no", label = "担任', 'type = "years", label = "担任', "› type", "要用 yes_no 类型的栏目填写"),
    (
        '{ value = "高级工" }, { value = "技师" }',
        '{ value = "高级工" }, { value = "大师" }',
        "› value",
        "只能是：无等级、初级工",
    ),
    (
        '{ value = "高级工" }, { value = "技师" }',
        '{ value = "技师" }, { value = "技师" }',
        "options › 第2项",
        "选项的编号“技师”重复",
    ),
    (
        'label = "技能等级", fact = "skill_level"',
        'label = "技能等级", other = true, fact = "skill_level"',
        "› other",
        "“技能等级”要比高低，不能写 other = true",
    ),
    (
        'id = "title", label = "称号"',
        'id = "what", label = "称号"',
        "› columns",
        "“已获称号”要有一列写称号，id 用 title、",
    ),
    ('id = "level", label = "级别"', 'id = "grade", label = "级别"', "› columns", "“职业技能大赛成绩”要有一列 id"),
    (
        'label = "级别", type = "choice", options = [{ value = "省级" }, { value = "国家级" }] }',
        'label = "级别" }',
        "› columns",
        "“职业技能大赛成绩”要有一列 id",
    ),
    ('[{ value = "省级" }, ', '[{ value = "全省" }, ', "options › 第1项 › value", "级别只能是：县级"),
    (', { id = "rank", label = "名次", type = "number" }', "", "› ranks", "“大赛名次”要看名次，而栏目“大赛成绩”没有"),
    (
        'label = "时间", type = "date"',
        'label = "时间"',
        "› within",
        "“三年内未获同类称号”要看取得时间，而栏目“已获称号”没有",
    ),
    ('when = { field = "occupations"', 'when = { field = "ocupations"', "› when", "所依赖的栏目不存在"),
    ('equals = "学校教师"', 'equals = "教师"', "when › equals", "没有选项“教师”"),
    ("about = 500", "about = 500, at_most = 600", "第21项（deeds）", "只能写一个"),
    ('order = "on"', 'order = "date"', "› order", "没有编号为“date”的列"),
    ('proof = "proof"', 'proof = "x"', "› proof", "没有编号为“x”的材料"),
    (
        '{ id = "title", label = "赛事" }',
        '{ id = "title", label = "赛事", type = "choice" }',
        "columns › 第1项",
        "choice 列须写 options",
    ),
    ('{ label = "序号", field = "number" }', '{ label = "序号", field = "no" }', "› field", "没有编号为“no”的栏目"),
    (
        '{ field = "years" }, { blank = true }',
        '{ text = "无" }, { blank = true }',
        "第19项（years）",
        "没有任何纸质表打印",
    ),
    ('{ field = "years" }, { blank = true }', '{ field = "years" }', "rows › 第6项", "这一行应占 4 列，实际占 3 列"),
    (
        '{ field = "years" }, { blank = true }',
        '{ field = "yaers" }, { field = "years" }',
        "› field",
        "没有编号为“yaers”的栏目",
    ),
    ('date = true, after = "panel"', "date = true, rows = 2", "papers › 第1项（form） › pages › 第1项", "超出了表格"),
    ('date = true, after = "panel"', 'date = true, after = "panal"', "› after", "没有编号为“panal”的环节"),
    # the way
    ('after = "approval"', 'after = "aproval"', "› after", "没有编号为“aproval”的环节"),
    ('after = "approval"', 'after = "second_notice"', "第11项（second_notice）", "没有人能进入"),
    (
        'id = "visit"\nkind',
        'id = "visit"\nonly_for = ["made"]\nkind',
        "第3项（visit） › only_for",
        "分不出哪些人属于“制造类”：请在一个必填的单选或多选栏目中列出选项“制造类”",
    ),
    ('only_for = ["chief"]', 'only_for = ["boss"]', "› only_for", "没有编号为“boss”的类别或等次"),
    ('leading_group = "选树工作领导小组"\n', "", "confirmed_by", "basis 中没有写 leading_group 的名称"),
    ('leading_group = "选树工作领导小组"\n', "", "› panel", "basis 中没有写 leading_group 的名称"),
    ('organisers = ["云泽市经信局", "云泽市教育局"]\n', "", "› by", "basis 中没有写 organisers 的名称"),
    (
        'passes = { min = 20, max = 30, clause = "七5" }',
        'passes = { clause = "七5" }',
        "› passes",
        "下限和上限至少写一个",
    ),
    (
        'by = "units"\nevidence = ["proof"]',
        'by = "units"\nevidence = ["x"]',
        "第1项（nomination） › evidence",
        "的材料",
    ),
    ('first = { evidence = ["proof"]', 'first = { evidence = ["x"]', "› first › evidence", "的材料"),
    ("team_max = 5", "team_max = 1", "› team_max", "上限 1 小于下限 2"),
    (
        'passes = { min = 5, setting = true }\nclause = "七7"',
        (
            'passes = { min = 5, setting = true }\nclause = "七7"\n'
            'meeting = { majority = "two_thirds", tie = "chair_decides", setting = true }'
        ),
        "meeting › tie",
        "一票不能补足更高的比例",
    ),
    ("choices_min = 5", "choices_min = 15", "› choices_min", "下限 15 大于上限 10"),
    ("weight = 100\n", "", "› weight", "须写 weight"),
    ("weight = 100\n", "weight = 20\n", "› weight", "前面须有评分（score）的专家评审"),
    (
        'counts = "weight"\nweight = 100\n',
        "passes = { max = 9, setting = true }\n",
        "› passes",
        "人人通过，不写 passes",
    ),
    ('fold = { how = "rank", points = 100, step = 2, cap = 100, setting = true }\n', "", "（vote）", "须写 fold"),
    ('fold = { how = "rank", points = 100, step = 2', 'fold = { how = "rank", points = 100', "› fold", "须写 step"),
    ('fold = { how = "rank", points = 100, step = 2', 'fold = { how = "share", step = 2', "› step", "不写 step"),
    ("step = 2, cap = 100", "step = 2, cap = 90", "› points", "第一位 100 分，超过上限 90 分"),
    ("weight = 70", "weight = 60", "› ballot_channels", "权重合计应为 100，现为 90"),
    (', how = "counted"', "", "› ballot_channels", "须有且只有一个"),
    ('id = "delegates", label', 'id = "online", label', "› id", "计票渠道的编号“online”重复"),
    ('id = "delegates", label', 'id = "delegates_of_all_the_units", label', "› id", "编号至多 20 个字符"),
    ('columns = ["name", "unit", "deeds"]', 'columns = ["name", "phone"]', "› columns", "“手机”不得公示"),
    ('columns = ["name", "unit", "deeds"]', 'columns = ["nmae"]', "› columns", "没有编号为“nmae”的栏目"),
    ("ballot = { min = 20, max = 30, setting = true }\n", "", "（panel）", 'method = "ballot" 时须写 ballot'),
    ("ballot = { min = 20, max = 30", "ballot = { min = 40, max = 30", "› ballot", "下限 40 大于上限 30"),
    ('method = "score"', 'method = "assessment"', "› criteria", 'criteria 只在 method = "score" 时使用'),
    ("panel = { size = 5", "panel = { size = 2", "› trimming", "评委至少 3 人"),
    ("weight = 40", "weight = 30", "› criteria", "权重合计应为 100，现为 90"),
    ("points = 90", "points = 190", "› anchors", "“技艺”的分档超过满分 100"),
    ('id = "deeds"\n  label = "业绩"', 'id = "skill"\n  label = "业绩"', "› id", "评分指标的编号“skill”重复"),
    ('"median", "people"]', '"median"]', "› tie_break", "必须是 people"),
    ('"median", "people"]', '"people", "people"]', "› tie_break", "必须是 people"),
    ('"median", "people"]', '"age_of_person", "people"]', "› tie_break", "不认识的同分办法“age_of_person”"),
    ('"criterion:skill"', '"criterion:skil"', "› tie_break", "不认识的同分办法“criterion:skil”"),
    (
        'tie_break = ["criterion:skill", "fact:years_in_trade", "median", "people"]\n',
        "",
        "（scores）",
        "须写 tie_break",
    ),
    # what follows
    (
        'to = { stage = "approval", tier = "chief", category = "made" }',
        'to = { stage = "end" }',
        "to › stage",
        "的环节",
    ),
    ('tier = "chief", category = "made" }', 'tier = "boss" }', "to › tier", "没有编号为“boss”的等次"),
    ('tier = "chief", category = "made" }', 'category = "sold" }', "to › category", "没有编号为“sold”的类别"),
    ('except = "title"', 'except = "shortlisted"', "to › except", "没有编号为“shortlisted”的称号奖励"),
    ('id = "title"\nlabel', 'id = "title"\nkind = "second"\nlabel', "awards", "没有一项奖励是称号"),
    ('award = "title"\n', 'award = "titel"\n', "› award", "没有编号为“titel”的称号奖励"),
    ("云匠〔{year}〕{n:03}", "云匠〔{year}〕", "certificate › number", "编号须含序号 {n}"),
    ("云匠〔{year}〕{n:03}", "云匠〔{year.real}〕{n}", "certificate › number", "不认识的“{year.real}”"),
    ("云匠〔{year}〕{n:03}", "云匠{n!r}", "certificate › number", "花括号中只能写名称"),
    ("云匠〔{year}〕{n:03}", "云匠{n:>999999}", "certificate › number", "花括号中只能写名称"),
    ("云匠〔{year}〕{n:03}", "云匠{n", "certificate › number", "花括号不成对"),
    ("{name}：授予{title}。", "{phone}：授予{title}。", "certificate › wording", "不认识的“{phone}”"),
    ("YZ{year}-{n:04}", "YZ", "numbering › application", "编号须含序号 {n}"),
]


@pytest.mark.parametrize(("right", "wrong", "key", "message"), MISTAKES)
def test_a_mistake_is_told_at_its_key_in_words_and_never_loaded(right: str, wrong: str, key: str, message: str) -> None:
    text = changed(right, wrong)

    told = loader.check(text, "yunze-2025.toml")

    assert any(key in problem.key and message in problem.message for problem in told), told
    with pytest.raises(loader.RuleSetError):
        loader.load(text, name="wide.toml")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('title = "云泽工匠"', "title “云泽工匠”", "用了中文标点 “ ："),
        ('title = "云泽工匠"', "title = 云泽工匠", "等号后面的值写法不对"),
        ('title = "云泽工匠"', 'title = "云泽工匠', "引号没有成对"),
        ('title = "云泽工匠"', 'title = "云泽工匠" "首届"', "一行只能写一项"),
        ('title = "云泽工匠"', 'title = "云泽工匠"\ntitle = "工匠"', "同一个键写了两次"),
        ('title = "云泽工匠"', '名称 = "云泽工匠"', "键要用英文半角"),
        ("[scope]", "[scope", "表头的方括号没有成对"),
        ("[scope]", "[basis]", "这个表头与前面的重复"),
        ("places = 20", "places 20", "键的后面缺少英文等号"),
        ("places = 20", "places ＝ 20", "用了中文标点 ＝"),
        ("issued = 2025-03-03", "issued = 2025/3/3", "日期写作 2019-01-15"),
        ("issued = 2025-03-03", "issued = 2025-3-3", "日期写作 2019-01-15"),
        ("issued = 2025-03-03", "issued = 2025-02-30", "没有这样的日期"),
        ('hosts = ["云泽市总工会", "', 'hosts = ["云泽市总工会" "', "“hosts = [”开始的列表没有写完"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_its_line(right: str, wrong: str, message: str) -> None:
    text = changed(right, wrong)
    (problem,) = loader.check(text, "yunze-2025.toml")

    assert message in problem.message
    first = WIDE[: WIDE.index(right)].count("\n") + 1
    assert first <= problem.line <= first + 1


def test_an_unclosed_bracket_is_told_at_the_end() -> None:
    (problem,) = loader.check('schema = 1\nhosts = ["a"', "x.toml")

    assert (problem.line, problem.message) == (
        2,
        "第2行“hosts = [”开始的列表没有写完：两项之间缺少逗号，或缺少收尾的 ]",
    )


def test_a_list_written_once_as_a_table_is_told_at_the_header_it_clashes_with() -> None:
    text = changed('[[categories]]\nid = "made"', '[categories]\nid = "made"')
    (problem,) = loader.check(text, "yunze-2025.toml")

    assert "列表的每一项都写 [[表头]]" in problem.message
    assert loader.quoted(text, problem) == "[[categories]]"


def test_a_list_that_never_began_and_never_ends_is_told_too() -> None:
    (problem,) = loader.check("a = { b = [1 }", "x.toml")

    assert problem.message == "方括号 [ 没有对应的 ]"


def test_a_mark_that_editors_put_first_is_passed_over() -> None:
    assert loader.check(f"\ufeff{WIDE}", "yunze-2025.toml") == []


def test_whoever_wrote_the_meaning_is_told_the_word() -> None:
    (problem,) = loader.check(
        changed('strength = "must"\ntext = "必须是', 'strength = "必须"\ntext = "必须是'), "yunze-2025.toml"
    )

    assert problem.message == "只能是：must（必须）、should（一般应），是不是想写“must”？"


def test_a_value_of_none_of_its_types_is_told_once() -> None:
    (problem,) = loader.check(changed("value = 10\n", "value = 10.5\n"), "yunze-2025.toml")

    assert problem.key.endswith("› value")
    assert problem.message == "要写 true 或 false，或整数，或文字（加英文双引号）"


def test_a_problem_outside_the_text_quotes_nothing() -> None:
    assert loader.quoted("a = 1", loader.Problem(0, "", "没有")) == ""
    assert loader.quoted("a = 1", loader.Problem(9, "", "没有")) == ""


def test_a_slip_without_a_word_of_its_own_is_told_all_the_same() -> None:
    (problem,) = loader.check('title = "\\q"', "x.toml")

    assert problem.message.startswith("不符合 TOML 写法：")


def test_the_line_is_the_line_of_the_mistake() -> None:
    text = changed("weight = 60", "wieght = 60")
    told = [problem for problem in loader.check(text, "yunze-2025.toml") if "wieght" in problem.key]

    assert text.splitlines()[told[0].line - 1].strip() == "wieght = 60"


OWNED_UP = (
    changed('how = "judged"\n  text = "对安全', 'how = "declared"\n  text = "对安全')
    .replace(
        '  { id = "phone"',
        '  { id = "owned", type = "conditions", label = "应说明的情形", group = "barred" },\n  { id = "phone"',
    )
    .replace("{ blank = true }", '{ field = "owned" }')
)
"""The widest rule set with an excluding condition that people own up to themselves."""


def test_a_condition_that_excludes_needs_no_paper_to_prove_it() -> None:
    assert loader.check(OWNED_UP, "yunze-2025.toml") == []


def test_nobody_is_made_to_pick_among_conditions_that_exclude() -> None:
    text = OWNED_UP.replace('label = "应说明的情形"', 'label = "应说明的情形", required = true')
    (problem,) = loader.check(text, "yunze-2025.toml")

    assert problem.key.endswith("› required")
    assert problem.message == "“应说明的情形”所列都是不得有的情形，不能写 required = true：没有这些情形的人无可选择"


def test_several_mistakes_are_told_together_by_line() -> None:
    text = changed("places = 20", 'places = "二十"').replace("draw = true", "draw = 1")
    lines = [problem.line for problem in loader.check(text, "yunze-2025.toml")]

    assert len(lines) == 2
    assert lines == sorted(lines)


def test_a_list_whose_items_are_wrong_is_not_called_empty() -> None:
    text = changed('hosts = ["云泽市总工会", "云泽市人社局"]', "hosts = [1]")

    assert [problem.message for problem in loader.check(text, "yunze-2025.toml")] == ["要写文字（加英文双引号）"]


def test_a_file_named_otherwise_than_its_code_is_told() -> None:
    (problem,) = loader.check(WIDE, "other.toml")

    assert str(problem) == f"第{problem.line}行 code（代号）：代号“yunze-2025”与文件名“other”不一致"


def test_the_widest_rule_set_has_no_mistake() -> None:
    assert loader.check(WIDE, "yunze-2025.toml") == []


def test_the_error_names_file_line_key_and_reason() -> None:
    with pytest.raises(
        loader.RuleSetError, match=r"^wide\.toml 第\d+行 quota › places（名额）：不能小于 1$"
    ) as refused:
        loader.load(changed("places = 20", "places = 0"), name="wide.toml")

    assert refused.value.name == "wide.toml"
    assert len(refused.value.problems) == 1


def test_plain_data_is_checked_without_lines() -> None:
    data = loader.to_frozen(loader.load(WIDE, name="wide.toml"))
    data["quota"]["places"] = 0

    (problem,) = loader.check_frozen(data)

    assert str(problem) == "quota › places（名额）：不能小于 1"


def test_a_problem_without_a_place_is_its_message() -> None:
    assert str(loader.Problem(0, "", "没有")) == "没有"


def test_a_rule_set_may_print_nothing_and_leave_its_numbers_to_the_office() -> None:
    bare = wide().model_copy(update={"papers": (), "numbering": None})

    assert [message for _, message in problems(bare)] == ["没有编号为“form”的纸质表"]
