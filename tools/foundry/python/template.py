"""How does a program that reads the GGUF write a conversation? The same text as data/chat.py, as a Jinja template.

Tools come in as chat APIs declare them; only their names and the names and types of their parameters are shown, because
that is all a model this small can use. Arguments come as JSON text or as an object.
"""

CHAT_TEMPLATE = """\
{%- set sys = namespace(text='') %}
{%- if messages[0]['role'] == 'system' %}
    {%- set sys.text = messages[0]['content'] %}
{%- endif %}
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if sys.text %}
        {{- sys.text + '\\n\\n' }}
    {%- endif %}
    {{- '<tools>' }}
    {%- for tool in tools %}
        {%- set f = tool['function'] if tool['function'] else tool %}
        {{- '\\n{"name":"' + f['name'] + '","parameters":{' }}
        {%- if f['parameters'] and f['parameters']['properties'] %}
            {%- for key, value in f['parameters']['properties'].items() %}
                {{- ('' if loop.first else ',') + '"' + key + '":"' + (value['type'] if value['type'] is string else 'string') + '"' }}
            {%- endfor %}
        {%- endif %}
        {{- '}}' }}
    {%- endfor %}
    {{- '\\n</tools><|im_end|>\\n' }}
{%- elif sys.text %}
    {{- '<|im_start|>system\\n' + sys.text + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'user' or (message['role'] == 'system' and not loop.first) %}
        {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
    {%- elif message['role'] == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if message['content'] %}
            {{- message['content'] }}
        {%- endif %}
        {%- if message['tool_calls'] %}
            {%- for call in message['tool_calls'] %}
                {%- set f = call['function'] if call['function'] else call %}
                {{- '\\n' if message['content'] or not loop.first else '' }}
                {{- '<tool_call>\\n{"name":"' + f['name'] + '","arguments":' }}
                {%- if f['arguments'] is string %}
                    {{- f['arguments'] }}
                {%- else %}
                    {{- '{' }}
                    {%- for key, value in f['arguments'].items() %}
                        {{- ('' if loop.first else ',') + '"' + key + '":' }}{{- value | tojson }}
                    {%- endfor %}
                    {{- '}' }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message['role'] == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message['content'] + '\\n</tool_response><|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
