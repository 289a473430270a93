"""Frequent words of other languages and names that must not be mended into English ones nearby ("anos" is not "ants").

Accents are folded before words get here. Words whose nearest lexicon word means the same (columna, tumores) are left out.
"""

from __future__ import annotations

NOT_MISSPELT = frozenset(
    # Spanish and Portuguese
    """
    tengo bien anos ano bano cada mis hija hijo quiere lunes silla pues mucho mucha dios lado carro toda todo todas todos
    hola ganas hacer peor quita anda trae escaleras nino nina bajo costas tuvo sigue buenas buenos seno sabe pasa mejor
    gaye paso cuanto mami pueden minutos minuto fuera algo hielo paro hermano hermana sube grande leve diez llave gota
    tomar hacen pense fuerte pata menos esto esta estos hueso tarde familia papel nuca ver misa cinturon taza dedo dedos
    edad hormiguean calor chueco puso ropa casi pico moto sobre jala perdon llamo llamar nadie mais meses papi papa volvio
    cunado visita pidio levantar duas sala cayendo toma corre caida mueve hule darme sienta platos lleve caso tieso ese
    nervios rayo caliente cojin significa pinguino poner escada pido pide problema problemas quero bajado diferente carta
    risa sacar usar duda cambio madre padre ossos pasos hubo cosa loca trueno mujer doblado habla sintio boton dar seis
    sido pala tudo habia puse sano entro dejar pude panos cemento sino pato tal terco bajar lodo camisa toco pedales choco
    palo doblo bajando dormia nevera calle cabron posicion uber despertar cartas puente viver tomou publico justo matriz
    doem noite pior novela pilas bajas hilo fisio nudo crece chequeo tren turno doble correo corte dolares parto dano cual
    doler estou vacina papai perro gato donde quien cuando entonces ahora antes despues pero porque tambien hasta desde nada
    cita citas ayer hoy manana noche dia dias semana semanas mes tres dos uno una cuatro cinco siete ocho nueve oficina
    trabajo casa abuelo abuela suegra esposo esposa tia tio gracias favor
    """.split()
    # Filipino
    + """
    yung pag akong namang naman lang kasi pwede nanay tatay lola lolo bukas saan bago muna nani batok naka hanggang niya
    siya ako kami tayo kayo sila ito iyan yan doon dito po opo hindi wala meron kanina ngayon noong noon nasa pati tama
    anak charot huhu nang talaga
    """.split()
    # Hindi and Urdu in Latin letters
    + """
    mein hain hai toda theek lady raat yaar rahe gir baar wali hota dokt aa naya dadi lagte gaya gaye gayi hoon liye saal
    bas chak bolte baatein thanda pakad dono pani chai baat darr kya kaise kyun nahin abhi bilkul accha papa maa beta
    """.split()
    # Other: French, Creole, Scots, West African, medical and everyday words that no frequency list holds
    + """
    dans des suis doul anyen tete elle moun soir hier fais sont fini comme homme fille trois bleu cette jist thi
    baith hauf haun haud awfy dinnae gonnae sef siddon wahala shoki titer titers deadlift deadlifts mera mas mais bem
    ele tem dadang combi pajama uber statin statins cheking chekin chek cheked
    """.split()
)
