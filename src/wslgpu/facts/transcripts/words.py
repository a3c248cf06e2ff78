"""Words of many languages that readers look for: stems and fragments, never whole messages. Data only.

wsl.exe translates into 22 languages (the inbox one into more); cmd.exe, PowerShell and bash into the same. Where the
order or the shape of lines tells a transcript, these words are not needed; they serve where that fails.
"""

from __future__ import annotations


def _words(block: str) -> tuple[str, ...]:
    """The words of a block, in lower case: separated by a slash between blanks, or by a line's end."""
    return tuple(
        word.strip(" /").lower() for line in block.splitlines() for word in line.split(" / ") if word.strip(" /")
    )


# "kernel", in the label of its version.
KERNEL = _words(
    """
    kernel / kerne / noyau / núcleo / nucleo / jádr / jadr / jądr / ytim / ядр / カーネル / 커널 / 内核 /
    核心 / çekirdek / πυρήν / nhân / เคอร์เนล / ליבה / نواة
    """
)
# "default", in the labels of wsl --status.
DEFAULT = _words(
    """
    default / standard / oletus / défaut / defaut / predefin / predeterminad / padrão / padrao / умолчани /
    varsayılan / výchozí / vychozi / alapértelmez / domyśln / domysln / standaard / 既定 / 기본 / 默认 / 預設 /
    预设 / 默認 / implicit / προεπιλ / замовчув / типов / mặc định / ค่าเริ่มต้น / ברירת / افتراضي /
    predvolen / privzet / zadan / podrazum / vaike / noklus / numatyt / подразбир / bawaan
    """
)
# "version".
VERSION = _words(
    """
    versi / versj / versão / versao / verze / verzi / verzió / wersj / верси / верс / sürüm / surum /
    バージョン / 버전 / 版本 / έκδοση / phiên bản / รุ่น / גירס / إصدار / версія
    """
)
# "distribution".
DISTRIBUTION = _words(
    """
    distr / dystryb / disztrib / jakelu / dağıtım / дистр / ディストリ / 배포 / 分发 / 分發 / 發佈 / 發行 /
    发行 / 通訊群組 / διανομ / phân phối / การแจกจ่าย / הפצ / توزيع
    """
)
# A shell saying that there is no such command.
NO_COMMAND = _words(
    """
    command not found / not found / unknown command / not recognized / commandnotfoundexception /
    no such file or directory / executable file not found / nicht gefunden / falsch geschrieben /
    nicht erkannt / introuvable / reconnu / no encontrada / no encontrado / no se reconoce / non trovato /
    non è riconosciuto / não encontrado / não é reconhecido / não foi reconhecido / не найден / не является /
    не распознано / 見つかりません / 認識され / 未找到命令 / 找不到 / 不是内部 / 不是內部 / 项识别 / 無法辨識 /
    찾을 수 없 / 아닙니다 / 인식되지 / nie rozpozna / nie jest rozpoznaw / nie znaleziono / nenalezen /
    není názvem / niet gevonden / niet herkend / bulunamadı / dış komut / ikke fundet / ikke funnet /
    hittades inte / känns inte igen / ei löydy / nem található / nem ismerhető
    """
)
# wsl.exe saying that no distribution is installed.
NONE_INSTALLED = _words(
    """
    no installed distributions / keine installierten distributionen / aucune distribution installée /
    no tiene distribuciones instaladas / não tem distribuições instaladas / non ha distribuzioni installate /
    nessuna distribuzione installata / インストールされているディストリビューションはありません /
    ディストリビューションがインストールされていません / 설치된 배포가 없습니다 / 설치된 배포판이 없습니다 /
    没有已安装的分发 / 沒有已安裝的 / не имеет установленных / нет установленных дистрибутивов /
    nie ma zainstalowanych / žádné nainstalované distribuce / geen geïnstalleerde distributies /
    ingen installerede distributioner / ingen installerte distribusjoner / inga installerade distributioner /
    ei ole asennettuja / nem rendelkezik telepített / yüklü dağıtım yok
    """
)

# wsl.exe's errors that come without a code: (word, fragments).
# Links and options come first in each: no translation touches them.
NO_CODE = (
    (
        "virtual_machine_platform_missing",
        _words(
            """
            aka.ms/wsl2-install / aka.ms/enablevirtualization / enable the virtual machine platform /
            wsl2 is not supported / wsl2 is unable to start / wsl2 wird von ihrer / wsl2 n’est pas / wsl2 n'est pas /
            wsl2 ne peut pas / wsl2 no es compatible / wsl2 non è supportato / wsl2 não / wsl2 は、現在 / wsl2는 현재 /
            wsl2 не поддерживается /
            plataforma de máquina virtual / vm-plattform / plateforme de machine virtuelle /
            plateforme d’ordinateur virtuel / piattaforma macchina virtuale / plataforma da máquina virtual /
            虚拟机平台 / 虛擬機器平台 / 虛擬機平台 / 仮想マシン プラットフォーム / 가상 머신 플랫폼 /
            가상 컴퓨터 플랫폼 / платформа виртуальной машины
            """
        ),
    ),
    (
        "kernel_update_required",
        _words(
            """
            aka.ms/wsl2kernel / requires an update to its kernel
            """
        ),
    ),
    (
        "wsl_not_enabled",
        _words(
            """
            aka.ms/wslinstall / subsystem for linux has not been enabled /
            subsystem for linux optional component is not enabled
            """
        ),
    ),
    (
        "wsl_corrupted",
        _words(
            """
            installation appears to be corrupted
            """
        ),
    ),
    (
        "no_installed_distributions",
        _words(
            """
            no installed distributions / aka.ms/wslstore
            """
        ),
    ),
    (
        "catastrophic_failure",
        _words(
            """
            catastrophic failure / katastrophaler fehler / défaillance catastrophique / error catastrófico /
            erro catastrófico / falha catastrófica / errore catastrofico / errore irreversibile /
            エラーを特定できません / 灾难性故障 / 災難性 / 치명적인 오류 / 오류입니다 / разрушительный сбой /
            katastrofální / katastrofaln / yıkıcı hata
            """
        ),
    ),
    (
        "distro_not_found",
        _words(
            """
            distribution with the supplied name / distribution mit dem angegebenen namen / distribution avec le nom
            distribución con el nombre / distribuição com o nome / distribuzione con il nome
            指定された名前のディストリ / 제공된 이름의 배포 / 具有所提供名称的分发
            具有所提供名稱的發佈 / с указанным именем / dystrybucji o podanej nazwie
            distribuce se zadaným názvem / distributie met de opgegeven naam / distribution med det angivna
            distribution med det angivne / distribusjon med det angitte / annetulla nimellä ei ole / ada sahip dağıtım
            """
        ),
    ),
    (
        "forbidden",
        _words(
            """
            forbidden (403) / (403)
            """
        ),
    ),
    (
        "invalid_option",
        _words(
            """
            invalid command line option / invalid command line argument / ungültige befehlszeilenoption /
            ungültiges befehlszeilenargument / option de ligne de commande non valide /
            argument de ligne de commande non valide / opción de línea de comandos no válida /
            argumento de línea de comandos no válido / argumento de linha de comando /
            argomento della riga di comando / opzione della riga di comando / 无效的命令行 / 無效的命令列 /
            無效的命令行 / 無効なコマンド ライン / 잘못된 명령줄 / недопустимый параметр командной строки /
            недопустимый аргумент командной строки
            """
        ),
    ),
    (
        "access_denied",
        _words(
            """
            access is denied / zugriff verweigert / accès refusé / acceso denegado / accesso negato /
            acesso negado / アクセスが拒否 / 拒绝访问 / 存取被拒 / 액세스가 거부 / отказано в доступе
            """
        ),
    ),
    (
        "class_not_registered",
        _words(
            """
            class not registered / klasse nicht registriert / classe non enregistrée / clase no registrada /
            classe não registrada / クラスが登録されていません / 没有注册类 / 클래스가 등록되지 /
            класс не зарегистрирован
            """
        ),
    ),
    (
        "system_cannot_find_file",
        _words(
            """
            the system cannot find the file specified / cannot find the path specified
            """
        ),
    ),
    (
        "timed_out",
        _words(
            """
            operation timed out because a response was not received / timed out waiting for
            """
        ),
    ),
    (
        "vhd_compressed",
        _words(
            """
            must be uncompressed and unencrypted / must not be sparse
            """
        ),
    ),
)
